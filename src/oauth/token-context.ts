// What the three uses of the token endpoint share: where they are, how they ask the library, whom an operator has stopped.

import type { OAuthAuthorizationServer } from "@cloudflare/workers-oauth-provider";
import type { Bindings, Settings } from "../env.ts";
import { loadSwitched, type Switchable } from "./switched.ts";
import { refused, unavailable } from "./token-answers.ts";
import type { TokenRequest } from "./token-request.ts";

export interface TokenContext {
  readonly server: OAuthAuthorizationServer<Bindings>;
  readonly settings: Settings;
  readonly env: Bindings;
  readonly ctx: ExecutionContext;
  readonly requestId: string;
}

const MAX_CLIENT_ID = 400;

/** The library's answer. Ids of ours are short; a URL that names a client is not much longer. What is longer was never one. */
export async function askLibrary(request: Request, { client }: TokenRequest, context: TokenContext): Promise<Response> {
  if (client.length > MAX_CLIENT_ID) return refused("invalid_client", "There is no such client.");
  return context.server.fetch(request, context.env, context.ctx);
}

/** T7: nothing is renewed, and no earlier answer given again, for whom an operator has stopped. */
export async function switchedOff(what: Switchable, { env }: TokenContext): Promise<Response | undefined> {
  const reason = await loadSwitched(env.DB, what);
  if (reason === undefined) return undefined;
  return reason === "switched-off" ? unavailable() : refused("invalid_grant", "This connection was ended.");
}
