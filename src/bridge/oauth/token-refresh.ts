// The refresh family guard (RFC 9700 §4.14) around the library's rotation: refreshes one at a time, the same answer again for a
// client that lost it or raced for it, and the end of the grant when an old token comes back, whatever else the form says.

import { checkRefreshRate } from "../edge/rate.ts";
import { ledgerOf } from "../ledger/address.ts";
import type { Refresh, RefreshStart } from "../ledger/families.ts";
import type { Context } from "../request/context.ts";
import { decryptUnder, encryptUnder, sha256, storedName } from "../seal.ts";
import { notGood, refused, tokenResponse, unavailable } from "./token-answers.ts";
import { askLibrary, genuine, switchedOff } from "./token-context.ts";
import { partsOf, TOKENS, type TokenRequest } from "./token-request.ts";
import { underWay } from "./under-way.ts";

export async function refresh(asked: TokenRequest, context: Context): Promise<Response> {
  const token = asked.form.get("refresh_token");
  if (token === null) return refused("invalid_request", "The parameter refresh_token is missing.");
  const parts = await partsOf(token, context.settings);
  if (parts === undefined) return notGood();
  const switched = await switchedOff({ client: asked.client, ...parts }, context);
  if (switched !== undefined) return switched;
  const ledger = ledgerOf(context.env, parts.subject);
  const names = { token: await sha256(token), stored: storedName(token) };
  const presented: Refresh = { grant: parts.grant, ...names, asked: asked.digest };
  const start = await ledger.startRefresh(presented);
  if (start.go === "unknown") return notGood();
  if (start.go === "reuse") {
    await context.oauth.revokeGrant(parts.grant, parts.subject);
    return notGood();
  }
  genuine.add(context);
  const tooMany = await checkRefreshRate(parts.grant, context.env, context.settings);
  if (tooMany !== undefined) {
    if (start.go === "rotate") await ledger.finishRefresh(presented, null);
    return tooMany;
  }
  if (start.go === "replay") return replay(token, start, asked, context);

  const response = await underWay.run(
    () => start.step + 1,
    () => askLibrary(asked.request, asked, context),
  );
  const text = await response.clone().text();
  const tokens = response.ok ? TOKENS.safeParse(JSON.parse(text)) : undefined;
  if (tokens?.success === true) {
    const next = await sha256(tokens.data.refresh_token);
    const scopes = context.app.scopes.parse(tokens.data.scope.split(" "));
    if (await ledger.finishRefresh(presented, { next, answer: await encryptUnder(token, text), scopes }))
      return response;
    // Ended while the library was at it, which may have written its record anew.
    await context.oauth.revokeGrant(parts.grant, parts.subject);
    return notGood();
  }
  await ledger.finishRefresh(presented, null);
  // The ledger knows this token as the current one of a living grant; a library that does not may be reading stale KV.
  const stale = text.includes('"invalid_grant"') && (await ledger.libraryLags(parts.grant, asked.client));
  return stale ? unavailable("stale-store") : response;
}

/**
 * The answer that this token got before. Who asks the very same question again gets it. Who asks another has to be the client of
 * the grant: otherwise a thief whose form differs a little would lock the owner out, and never be noticed.
 */
async function replay(
  token: string,
  { answer, same, client }: Extract<RefreshStart, { readonly go: "replay" }>,
  asked: TokenRequest,
  context: Context,
): Promise<Response> {
  if (!same) {
    if (asked.client !== client) return notGood();
    const authenticated = await askLibrary(asked.authentication(), asked, context);
    if (!authenticated.ok) return authenticated.status >= 500 ? authenticated : notGood();
  }
  const text = await decryptUnder(token, answer);
  // Less than was asked for is an answer (RFC 6749 §5.1); more is none.
  const wanted = asked.form.get("scope")?.split(" ");
  const given = TOKENS.parse(JSON.parse(text)).scope.split(" ");
  if (wanted !== undefined && !given.every((scope) => wanted.includes(scope)))
    return refused("invalid_scope", "This token was just refreshed for other scopes. Use the one that you got.");
  return tokenResponse(text);
}
