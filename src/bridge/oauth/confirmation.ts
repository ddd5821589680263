// The second page: after sign-in less is possible than was ticked, or the app would lose what it has. The user sees who they are
// here and what is left, and says yes or no to that. What is kept meanwhile is the library's single-use record, encrypted and bound to this browser; its
// handle stands in the form, and nothing else in the form is believed.

import * as z from "zod";
import { USER } from "../gate/principal.ts";
import { createNonce } from "../pages/layout.tsx";
import type { Context } from "../request/context.ts";
import { refused } from "./answers.ts";
import { addressOf, shownName } from "./client-names.ts";
import { placeOf } from "./clients.ts";
import { completeGrant, type Decided, notListed, refuseGrant } from "./complete.ts";
import { confirmationPage } from "./confirmation-page.tsx";
import type { Dropped } from "./grantable.ts";
import { CONSENT_MS, LIFETIMES } from "./lifetimes.ts";
import { examineName } from "./names.ts";

/** `stage` keeps the two kinds of handle apart: a `state` that a provider has seen must not open this. */
const KEPT = z.strictObject({
  stage: z.literal("confirm"),
  user: USER,
  lifetime: z.int(),
  ticked: z.array(z.string()),
  consent: z.string(),
});

const FORM = z.object({ handle: z.string().min(1).max(256), confirm: z.enum(["continue", "cancel"]) });

/** Why the user is asked again. */
interface Found {
  readonly dropped: readonly Dropped[];
  /** Somebody else was signed in here when the app was allowed in. */
  readonly another: boolean;
  readonly provider: string;
}

export async function showConfirmation(
  { asked, ticked, user, lifetime, consent }: Decided,
  { dropped, another, provider }: Found,
  cleared: Headers,
  context: Context,
): Promise<Response> {
  const { scopes, destroys } = context.app;
  const about = await context.oauth.describeConsent(asked);
  const { place } = placeOf(asked.redirectUri);
  const data: z.input<typeof KEPT> = { stage: "confirm", user, lifetime, ticked: [...ticked], consent };
  const { state, headers } = await context.oauth.beginUpstream(asked, { data, headers: cleared });
  return confirmationPage({
    nonce: createNonce(),
    headers,
    look: context.app.look,
    handle: state,
    clientName: shownName(about),
    clientAddress: about.clientDomain === undefined ? undefined : addressOf(about.clientId),
    suspects: examineName({
      name: shownName(about),
      hosts: about.clientDomain === undefined ? [place] : [place, about.clientDomain],
      brand: context.app.look.name,
    }).suspects,
    redirectHost: place,
    userName: user.name,
    provider,
    another,
    lifetime: LIFETIMES.find(({ seconds }) => seconds === lifetime)?.label ?? "",
    until: Date.now() + CONSENT_MS,
    left: scopes
      .parse(asked.scope)
      .map((scope) => ({ scope, may: scopes.entry(scope).may, deletes: destroys.includes(scope) })),
    dropped: dropped.map(({ scope, why }) => ({ scope, may: scopes.entry(scope).may, why })),
  });
}

/** POST /authorize from that page. */
export async function decideConfirmation(request: Request, fields: FormData, context: Context): Promise<Response> {
  const form = FORM.safeParse({ handle: fields.get("handle"), confirm: fields.get("confirm") });
  if (!form.success) return refused(context, "The form did not arrive whole.");
  // The library reads the handle where a provider would have put it.
  const opening = new URL(`/authorize?${new URLSearchParams({ state: form.data.handle })}`, context.settings.publicUrl);
  const {
    request: asked,
    data,
    headers,
  } = await context.oauth.finishUpstream(new Request(opening, { headers: request.headers }));
  const kept = KEPT.safeParse(data);
  if (!kept.success) return refused(context, "The form did not arrive whole.");
  const { user, lifetime, consent } = kept.data;
  const ticked = context.app.scopes.parse(kept.data.ticked);
  const entitled = context.entitlement(user);
  const granted = context.app.scopes.parse(asked.scope).filter((scope) => entitled.includes(scope));
  const decided = { asked: { ...asked, scope: granted }, ticked, user, lifetime, consent };
  if (form.data.confirm === "cancel") return refuseGrant(decided, headers, context);
  return granted.length === 0 ? notListed(decided, headers, context) : completeGrant(decided, headers, context);
}
