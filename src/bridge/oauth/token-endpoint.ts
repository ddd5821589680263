// Around the library's token endpoint. The library authenticates clients, rotates and checks; ours is what must happen once or
// must not be undone by a crash, and for that the ledger comes first: refreshes (token-refresh.ts), codes (token-redemption.ts)
// and revocations (token-revocation.ts).

import { checkAddressRate } from "../edge/rate.ts";
import { logFailure } from "../log.ts";
import type { Context } from "../request/context.ts";
import { inPlainWords } from "./answers.ts";
import { refused, unavailable } from "./token-answers.ts";
import { recognise } from "./token-client.ts";
import { genuine } from "./token-context.ts";
import { redeem } from "./token-redemption.ts";
import { refresh } from "./token-refresh.ts";
import { readTokenRequest, type TokenRequest } from "./token-request.ts";
import { revoke } from "./token-revocation.ts";

export async function serveToken(request: Request, context: Context): Promise<Response> {
  const served = await serveForm(request, context);
  const answered = served.ok ? served : await inPlainWords(served);
  if (answered.status >= 500 || genuine.has(context)) return answered;
  return (await checkAddressRate(request, "token", context.env, context.settings)) ?? answered;
}

async function serveForm(request: Request, context: Context): Promise<Response> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return refused("invalid_request", "Send a form (application/x-www-form-urlencoded).");
  }
  const work = answer(await readTokenRequest(request), context);
  // A client that hangs up must not stop a rotation between the library and the ledger.
  context.ctx.waitUntil(work.catch(() => undefined));
  try {
    return await work;
  } catch (error) {
    logFailure(context.requestId, error);
    return unavailable("failed");
  }
}

async function answer(read: TokenRequest, context: Context): Promise<Response> {
  const asked = await recognise(read, context);
  if (asked instanceof Response) return asked;
  switch (asked.form.get("grant_type")) {
    case "refresh_token":
      return refresh(asked, context);
    case "authorization_code":
      return redeem(asked, context);
    case null:
      if (!asked.form.has("token")) return refused("invalid_request", "Send a grant_type, or a token to revoke.");
      return revoke(asked, context);
    // Not to the library, which would fetch whatever URL the client says that it is, to find nothing to give it.
    default:
      return refused("unsupported_grant_type", "There are authorization_code and refresh_token.");
  }
}
