// A code becomes a grant, once (RFC 6749 §4.1.2). A code that comes back ends what it gave: the ledger first, which lasts, and then
// the library, so that a crash between the two leaves nothing alive.

import { ledgerOf } from "../ledger/address.ts";
import type { Context } from "../request/context.ts";
import { sha256 } from "../seal.ts";
import { presentedCode } from "./presented-code.ts";
import { clearReplaced } from "./replaced.ts";
import { notGood, refused } from "./token-answers.ts";
import { askLibrary, genuine, refuseUnauthenticated, switchedOff } from "./token-context.ts";
import { partsOf, TOKENS, type TokenRequest } from "./token-request.ts";

export async function redeem(asked: TokenRequest, context: Context): Promise<Response> {
  const { settings, env, oauth } = context;
  const { client } = asked;
  const code = asked.form.get("code");
  if (code === null) return refused("invalid_request", "The parameter code is missing.");
  const parts = await partsOf(code, settings);
  if (parts === undefined) return (await refuseUnauthenticated(asked, context)) ?? notGood();
  const switched = await switchedOff({ client, ...parts }, context);
  if (switched !== undefined) return switched;
  const ledger = ledgerOf(env, parts.subject);
  const presented = await sha256(code);
  if (await ledger.revokeByCode(parts.grant, presented)) {
    await oauth.revokeGrant(parts.grant, parts.subject);
    return notGood();
  }
  const response = await presentedCode.run(presented, () => askLibrary(asked.request, asked, context));
  if (!response.ok) {
    // Two may come at once: the library saw the other first.
    await ledger.revokeByCode(parts.grant, presented);
    return (await response.clone().text()).includes('"invalid_grant"') ? notGood() : response;
  }
  genuine.add(context);
  const tokens = TOKENS.parse(await response.clone().json());
  await ledger.openFamily(parts.grant, await sha256(tokens.refresh_token), presented);
  await clearReplaced(oauth, { client, ...parts }, env);
  return response;
}
