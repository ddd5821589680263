// RFC 7009: each genuine token ends its grant, for the client that it was issued to. The ledger first: from then on nothing of
// the grant is served, whatever a crash leaves in the library's storage, and 200 means ended.

import { ledgerOf } from "../ledger/address.ts";
import type { Context } from "../request/context.ts";
import { sha256, storedName } from "../seal.ts";
import { refused } from "./token-answers.ts";
import { askLibrary, genuine, refuseUnauthenticated } from "./token-context.ts";
import { partsOf, type TokenRequest } from "./token-request.ts";

export async function revoke(asked: TokenRequest, context: Context): Promise<Response> {
  const { authorizationServer, oauth, settings, env } = context;
  const token = asked.form.get("token") ?? "";
  if (asked.form.getAll("token").length > 1) return refused("invalid_request", "The parameter token is repeated.");
  const parts = await partsOf(token, settings);
  // RFC 7009 §2.2: an invalid token is no error.
  if (parts === undefined) return (await refuseUnauthenticated(asked, context)) ?? new Response(null, { status: 200 });
  // The library's own revocation is not used: it ends one access token, in storage alone, before the ledger knows.
  const authenticated = await askLibrary(asked.authentication(), asked, context);
  if (!authenticated.ok) return authenticated;
  const access = await authorizationServer.validateToken(settings.resource, token, env);
  const refreshToken = access === null ? { token: await sha256(token), stored: storedName(token) } : null;
  const ended = await ledgerOf(env, parts.subject).revokeFor(asked.client, parts.grant, refreshToken);
  // RFC 7009 §2.1: the client is told.
  if (ended === "not-yours") return refused("invalid_grant", "This token was issued to another client.");
  if (ended !== "ended") return new Response(null, { status: 200 });
  genuine.add(context);
  await oauth.revokeGrant(parts.grant, parts.subject);
  return new Response(null, { status: 200 });
}
