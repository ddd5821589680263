// The way back from sign-in: who came back, what of the ticks they may have, and the grant. When less is left than was ticked,
// nothing is given before the user has seen that (confirmation.ts). State, its cookie and codes are the library's.

import type { AuthRequest } from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import type { Subject } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import { ledgerOf } from "../ledger/address.ts";
import { logSignIn } from "../log.ts";
import type { Context } from "../request/context.ts";
import { labelOf, type SignInDenial } from "../request/sign-in.ts";
import { createSubject } from "../seal.ts";
import { misconfiguredWords } from "../sign-in/denial.ts";
import { returned } from "../sign-in/returned.ts";
import { over, refused, safely } from "./answers.ts";
import { completeGrant, notListed, sendBack } from "./complete.ts";
import { showConfirmation } from "./confirmation.ts";
import { decideGrantable } from "./grantable.ts";

const SUBJECT = z.string().transform((text) => text as Subject);

/** What the library keeps, encrypted and bound to this browser, from the consent page to the way back. */
const KEPT = z.strictObject({
  stage: z.literal("sign-in"),
  signIn: z.string(),
  lifetime: z.int(),
  data: z.unknown(),
  consent: z.string(),
  /** Who was signed in to this bridge's pages in the browser that consented; null for nobody. */
  by: z.string().nullable(),
});

export function keepForSignIn(kept: Omit<z.input<typeof KEPT>, "stage">): z.input<typeof KEPT> {
  return { stage: "sign-in", ...kept };
}

/** GET /sign-in/NAME/callback. */
export async function finishSignIn(request: Request, name: string, context: Context): Promise<Response> {
  const answer = async () => {
    const { request: asked, data, headers } = await context.oauth.finishUpstream(request);
    const kept = KEPT.safeParse(data);
    const signIn = context.signIns.find((entry) => entry.name === name && name === kept.data?.signIn);
    if (!kept.success || signIn === undefined) return refused(context, "This sign-in was started elsewhere.");
    const result = await returned(signIn, new URL(request.url), kept.data.data, context);
    const label = labelOf(signIn, context.settings);
    if ("refused" in result) {
      logSignIn(context.requestId, signIn.name, result.refused, result.code);
      return turnedAway(result, label, asked, headers, context);
    }
    const { user, signedInAt } = result;
    const ticked = context.app.scopes.parse(asked.scope);
    const entitled = context.entitlement(user);
    const { granted, dropped } = decideGrantable({
      ticked,
      entitled,
      destroys: context.app.destroys,
      signedInAt,
      now: Date.now(),
    });
    const { lifetime, consent, by } = kept.data;
    const decided = { asked: { ...asked, scope: [...granted] }, ticked, user, lifetime, consent };
    if (granted.length === 0) return notListed(decided, headers, context);
    const subject = SUBJECT.parse(await createSubject(context.settings.subjectKey, user.issuer, user.id));
    const lost = (await scopesLost(asked.clientId, subject, ticked, context)).filter((scope) =>
      entitled.includes(scope),
    );
    const another = by !== null && by !== subject;
    if (dropped.length === 0 && lost.length === 0 && !another) return completeGrant(decided, headers, context);
    const gone = [...dropped, ...lost.map((scope) => ({ scope, why: "replaced" as const }))];
    return showConfirmation(decided, { dropped: gone, another, provider: label }, headers, context);
  };
  return safely(context, answer, () => over(request, undefined, context));
}

/** What the app may do now, and could no longer when it is given `granted` instead. */
async function scopesLost(client: string, subject: Subject, granted: readonly Scope[], { env }: Context) {
  // Many installations share a client id that is a URL, so a new grant ends none of the others.
  if (client.startsWith("https://")) return [];
  const { alive } = await ledgerOf(env, subject).connections();
  const held = alive.filter((other) => other.client === client).flatMap(({ scopes }) => scopes);
  return [...new Set(held)].filter((scope) => !granted.includes(scope));
}

/** An invalid answer may be somebody's attack on the user who holds this browser, so nothing of it is sent on. */
function turnedAway(
  { refused: how }: SignInDenial,
  label: string,
  asked: AuthRequest,
  headers: Headers,
  context: Context,
): Response {
  switch (how) {
    case "invalid":
      return refused(context, `What came back from ${label} does not fit this sign-in, so it was not used.`);
    case "denied":
      return sendBack(asked, "access_denied", `${label} did not sign you in.`, headers);
    case "unavailable":
      return sendBack(asked, "temporarily_unavailable", `${label} could not be reached. Try again.`, headers);
    case "misconfigured":
      return sendBack(asked, "server_error", misconfiguredWords(label), headers);
  }
}
