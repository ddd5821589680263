// A code becomes a grant, once (RFC 6749 §4.1.2). A code that comes back ends what it gave: the ledger first, which lasts, and then
// the library, so that a crash between the two leaves nothing alive.

import type { OAuthHelpers } from "@cloudflare/workers-oauth-provider";
import type { GrantId } from "../gate/principal.ts";
import { ledgerOf } from "../ledger/address.ts";
import { currentRequest, logFailure } from "../log.ts";
import type { Context } from "../request/context.ts";
import { sha256 } from "../seal.ts";
import { beginRedemption } from "./redemption.ts";
import { notGood, refused } from "./token-answers.ts";
import { askLibrary, genuine, refuseUnauthenticated, stoppedBy } from "./token-context.ts";
import { partsOf, type TokenRequest } from "./token-request.ts";
import { underWay } from "./under-way.ts";

export async function redeem(asked: TokenRequest, context: Context): Promise<Response> {
  const { settings, env, oauth } = context;
  const code = asked.form.get("code");
  if (code === null) return refused("invalid_request", "The parameter code is missing.");
  const parts = await partsOf(code, settings);
  if (parts === undefined) return (await refuseUnauthenticated(asked, context)) ?? notGood();
  const redemption = beginRedemption(ledgerOf(env, parts.subject), parts.grant, await sha256(code));
  const guarded = { ...context, env: { ...env, OAUTH_KV: redemption.guard(env.OAUTH_KV) } };
  const response = await underWay.run(redemption.give, () => askLibrary(asked.request, asked, guarded));
  const opened = await redemption.opened();
  if (opened !== undefined && "refused" in opened && opened.refused !== "code-replayed")
    return stoppedBy(opened.refused);
  if (!response.ok || opened === undefined || "refused" in opened) {
    // Whatever the library refused it for: a code that was redeemed before ends what it gave, anyone who brings it.
    if (await redemption.replayed()) await oauth.revokeGrant(parts.grant, parts.subject);
    return (await response.clone().text()).includes('"invalid_grant"') ? notGood() : response;
  }
  genuine.add(context);
  await clearReplaced(oauth, parts.subject, opened.replaced);
  return response;
}

/**
 * Earlier grants of the same user and client, which the ledger has ended, leave the library's storage. Housekeeping: should it
 * fail, the records are dead weight until they expire, and the new connection stands.
 */
async function clearReplaced(oauth: OAuthHelpers, subject: string, replaced: readonly GrantId[]): Promise<void> {
  try {
    await Promise.all(replaced.map((grant) => oauth.revokeGrant(grant, subject)));
  } catch (error) {
    logFailure(currentRequest(), error);
  }
}
