// What the three uses of the token endpoint share: where they are, how they ask the library, whom an operator has stopped.

import type { SwitchDenial } from "../ledger/switches.ts";
import type { Context } from "../request/context.ts";
import { isDocument } from "./asking.ts";
import { loadSwitched, type Switchable } from "./switched.ts";
import { refused, unavailable } from "./token-answers.ts";
import { refuseNeedless } from "./token-client.ts";
import type { TokenRequest } from "./token-request.ts";

/** Requests that came with a genuine code or token: they count for their grant, all others for their address. */
export const genuine = new WeakSet<Context>();

/** The library's answer, for which it fetches what the client names only when that is needed. */
export async function askLibrary(request: Request, asked: TokenRequest, context: Context): Promise<Response> {
  const { authorizationServer: server, env, ctx } = context;
  if (!isDocument(asked.client)) return server.fetch(request, env, ctx);
  return (await refuseNeedless(asked.client, asked.form, context)) ?? server.fetch(request, env, ctx, true);
}

/** A client that is registered proves itself whatever it sent; one that is a URL would have to be fetched for that. */
export async function refuseUnauthenticated(asked: TokenRequest, context: Context): Promise<Response | undefined> {
  if (isDocument(asked.client)) return undefined;
  const authenticated = await askLibrary(asked.authentication(), asked, context);
  return authenticated.ok ? undefined : authenticated;
}

/** T7: nothing is renewed, and no earlier answer given again, for whom an operator has stopped. */
export async function switchedOff(what: Switchable, { env }: Context): Promise<Response | undefined> {
  const reason = await loadSwitched(env, what);
  return reason === undefined ? undefined : stoppedBy(reason);
}

export function stoppedBy(reason: SwitchDenial["reason"]): Response {
  return reason === "switched-off" ? unavailable(reason) : refused("invalid_grant", "This connection was ended.");
}
