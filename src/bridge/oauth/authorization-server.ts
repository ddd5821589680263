// The authorization server: the OAuth library under an explicit issuer, with our policy in its callbacks. Codes, tokens,
// PKCE, rotation and storage are the library's. Ours: who may still be refreshed, for how long, and that the ledger knows of
// every grant before its first token exists.

import {
  OAuthError,
  type TokenExchangeCallbackOptions,
  type TokenExchangeCallbackResult,
} from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import type { App } from "../app/app.ts";
import { type ClientId, GRANT_PROPS, type GrantId, SUBJECT_PATTERN, type Subject } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import { ledgerOf } from "../ledger/address.ts";
import { currentRequest, logFailure, logOAuth } from "../log.ts";
import type { Bindings } from "../request/bindings.ts";
import type { Deployment } from "../request/context.ts";
import { accessSeconds } from "./grantable.ts";
import { GuardedAuthorizationServer } from "./outbound.ts";
import { OAUTH } from "./settings.ts";
import { loadSwitched } from "./switched.ts";
import { underWay } from "./under-way.ts";

const IDLE_SECONDS = 24 * 60 * 60;
/**
 * Apps keep their ids for months, so that a registration lives a year. A token request renews it when less than half of that is
 * left: one in use never ends. What bounds their number is registration.ts.
 */
const CLIENT_SECONDS = 365 * 24 * 3600;

export type AuthorizationPolicy = Pick<Deployment, "app" | "settings" | "entitlement">;

/** The last word on a registration that is in order, right before it is stored: why there is no room for it. */
export type Admit = () => Promise<
  { readonly code: string; readonly description: string; readonly status: number } | undefined
>;

/** Without `admit` nothing is registered: registration.ts counts. */
export function createAuthorizationServer(
  { app, settings, entitlement }: AuthorizationPolicy,
  admit: Admit = async () => ({ code: "access_denied", description: "Register elsewhere.", status: 403 }),
): GuardedAuthorizationServer {
  return new GuardedAuthorizationServer({
    issuer: settings.publicUrl.origin,
    resources: [settings.resource],
    scopesSupported: [...app.scopes.all, "offline_access"],
    accessTokenTTL: accessSeconds(app.scopes.all, app.destroys),
    ...(settings.of(OAUTH).REGISTRATION === "on" ? { clientRegistrationEndpoint: "/oauth/register" } : {}),
    clientRegistrationTTL: CLIENT_SECONDS,
    // clients.ts lists those that a code may be sent to, URI by URI.
    allowPrivateUseRedirectUris: true,
    clientIdMetadataDocumentEnabled: true,
    clientRegistrationCallback: admit,
    tokenExchangeCallback: (options) => exchange(options, entitlement, app),
    onError: ({ code, status, internal }) => logOAuth(code, status, internal.reason),
  });
}

const EXCHANGE = z.object({
  userId: z
    .string()
    .regex(SUBJECT_PATTERN)
    .transform((text) => text as Subject),
  clientId: z
    .string()
    .min(1)
    .transform((text) => text as ClientId),
  grantId: z
    .string()
    .min(8)
    .transform((text) => text as GrantId),
  scope: z.array(z.string()),
  requestedScope: z.array(z.string()),
  props: GRANT_PROPS,
});

async function exchange(
  options: TokenExchangeCallbackOptions<Bindings>,
  entitlement: AuthorizationPolicy["entitlement"],
  app: App,
): Promise<TokenExchangeCallbackResult> {
  const { userId, clientId, grantId, scope, requestedScope, props } = EXCHANGE.parse(options);
  const give = underWay.getStore();
  if (give === undefined) throw new Error("tokens are made at the token endpoint");
  const first = options.grantType === "authorization_code";
  // token-refresh.ts asks about the client that the form names; this is the one that the library has authenticated. Of a code
  // the ledger asks, when it opens the grant.
  const who = { client: clientId, subject: userId, grant: grantId };
  const switched = first ? undefined : await reached(() => loadSwitched(options.env, who));
  // invalid_grant would make the library end for good what the operator may open again.
  if (switched !== undefined)
    throw new OAuthError("unauthorized_client", { description: "This connection was ended." });
  const entitled = entitlement(props.person);
  const granted = app.scopes.parse(scope).filter((name) => entitled.includes(name));
  const expires = props.since + props.lifetime * 1000;
  if (granted.length === 0) {
    await reached(() => ledgerOf(options.env, userId).revoke(grantId, "unentitled"));
    // An invalid_grant from here makes the library end the grant too.
    throw new OAuthError("invalid_grant", { description: "This connection was ended." });
  }
  const step = give({
    grant: grantId,
    client: clientId,
    scopes: granted,
    expires,
    canWrite: canWrite(app, granted),
  });
  const left = Math.floor((expires - Date.now()) / 1000);
  return {
    accessTokenProps: { ...props, grant: grantId, step },
    accessTokenScope: app.scopes.parse(requestedScope).filter((name) => entitled.includes(name)),
    accessTokenTTL: accessSeconds(granted, app.destroys),
    // A grant that nobody refreshes for a day is over, and every grant at the end of the life that the user chose.
    refreshTokenTTL: Math.min(props.lifetime, IDLE_SECONDS),
    refreshTokenIdleTTL: Math.max(60, Math.min(left, IDLE_SECONDS)),
  };
}

function canWrite({ policy }: App, granted: readonly Scope[]): boolean {
  return Object.values(policy).some(({ scope, effect }) => effect !== "read" && granted.includes(scope));
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    logFailure(currentRequest(), error);
    const more = { description: "Try again shortly.", statusCode: 503, headers: { "Retry-After": "5" } };
    throw new OAuthError("temporarily_unavailable", more);
  }
}
