// What everything that answers a request is handed: one deployment of the bridge, and one request to it. Types only.

import type { OAuthAuthorizationServer, OAuthHelpers } from "@cloudflare/workers-oauth-provider";
import type { App } from "../app/app.ts";
import type { User } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import type { Settings } from "../settings.ts";
import type { Bindings } from "./bindings.ts";
import type { SignIn } from "./sign-in.ts";

/** The app under its settings; made once for each env. */
export interface Deployment {
  readonly app: App;
  readonly settings: Settings;
  /** The configured ways to sign in. */
  readonly signIns: readonly SignIn[];
  /** What a user may hold now; nothing means that they may not enter. */
  readonly entitlement: (user: User) => readonly Scope[];
  /** Where users see and end their connections; undefined when no part has such a page. */
  readonly connections: string | undefined;
  /** Whether somebody can come back to this path from sign-in. */
  readonly isReturnPath: (path: string) => boolean;
}

/** One request. */
export interface RequestContext extends Deployment {
  readonly requestId: string;
  readonly env: Bindings;
  readonly ctx: ExecutionContext;
}

/** One request that the router answers. */
export interface Context extends RequestContext {
  /** The OAuth library behind the one outbound door; `open`: what the client names may be fetched. */
  readonly authorizationServer: OAuthAuthorizationServer<Bindings> & {
    readonly fetch: (request: Request, env: Bindings, ctx: ExecutionContext, open?: boolean) => Promise<Response>;
  };
  /** /mcp and its metadata (RFC 9728). */
  readonly resourceServer: {
    readonly fetch: (request: Request, env: Bindings, ctx: ExecutionContext) => Promise<Response>;
  };
  /** The authorization server's own helpers, over this env. */
  readonly oauth: OAuthHelpers;
}
