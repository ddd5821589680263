// /authorize: consent comes before any redirect to a provider, on every authorization. What was ticked goes on
// to sign-in; who came back, and with what, is way-back.ts. Handles, cookies, state and codes are the library's.

import { type ApprovedConsent, authorizationErrorRedirect } from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import { logSignIn } from "../log.ts";
import { createNonce } from "../pages/layout.tsx";
import type { Context } from "../request/context.ts";
import { callbackUrl, labelOf, type SignIn } from "../request/sign-in.ts";
import { sha256 } from "../seal.ts";
import { droppedConsents, sessionSubject } from "../sign-in/browser-session.ts";
import { signInDenial } from "../sign-in/denial.ts";
import { DECIDED, over, redirect, refused, safely } from "./answers.ts";
import { faulty, parseAsking } from "./asking.ts";
import { addressOf, shownName } from "./client-names.ts";
import { placeOf } from "./clients.ts";
import { decideConfirmation } from "./confirmation.ts";
import { consentPage } from "./consent-page.tsx";
import { CONSENT_MS, LIFETIMES } from "./lifetimes.ts";
import { examineName } from "./names.ts";
import { hasChallenge, withoutEmpty } from "./parameters.ts";
import { keepForSignIn } from "./way-back.ts";

const FORM = z.object({
  handle: z.string().min(1).max(256),
  decision: z.string().max(64),
  lifetime: z.coerce.number().refine((seconds) => LIFETIMES.some((choice) => choice.seconds === seconds)),
  scope: z.array(z.string()),
});

/** GET /authorize: the consent page. */
export async function showConsent(incoming: Request, context: Context): Promise<Response> {
  return safely(context, async () => {
    const url = new URL(incoming.url);
    url.search = withoutEmpty(url.searchParams).toString();
    const request = new Request(url, incoming);
    const repeated = repeatedParameter(url);
    if (repeated !== undefined) return faulty(context, `named ${repeated} twice`);
    const asked = await parseAsking(request, context);
    if (asked instanceof Response) return asked;
    if (!hasChallenge(asked)) {
      const words = "A code_challenge with code_challenge_method=S256 is required (RFC 7636).";
      return redirect(new Headers({ location: authorizationErrorRedirect(asked, "invalid_request", words) }));
    }
    if (asked.state.length > 2048) return faulty(context, "sent a state that is too long");
    const about = await context.oauth.describeConsent(asked);
    const consent = await context.oauth.beginConsent(asked);
    for (const line of droppedConsents(incoming)) consent.headers.append("set-cookie", line);
    const { place, onThisComputer } = placeOf(asked.redirectUri);
    return consentPage({
      nonce: createNonce(),
      headers: consent.headers,
      handle: consent.handle,
      clientName: shownName(about),
      clientAddress: about.clientDomain === undefined ? undefined : addressOf(about.clientId),
      redirectHost: place,
      redirectIsLoopback: onThisComputer,
      offers: offersFor(context.app, asked.scope),
      signIns: context.signIns.map((signIn) => ({ name: signIn.name, label: labelOf(signIn, context.settings) })),
      lifetimes: LIFETIMES,
      until: Date.now() + CONSENT_MS,
      connections: context.connections,
      look: context.app.look,
      ...examineName({
        name: shownName(about),
        hosts: about.clientDomain === undefined ? [place] : [place, about.clientDomain],
        brand: context.app.look.name,
      }),
    });
  });
}

/** POST /authorize: Deny goes back to the client, Allow goes to sign-in. Nothing but the form's four fields is read. */
export async function decideConsent(request: Request, context: Context): Promise<Response> {
  const fields = await request.formData().catch(() => undefined);
  const answer = async () => {
    if (fields === undefined) return refused(context, "The form did not arrive whole.");
    if (fields.has("confirm")) return decideConfirmation(request, fields, context);
    const form = FORM.safeParse({
      handle: fields.get("handle"),
      decision: fields.get("decision"),
      lifetime: fields.get("lifetime"),
      scope: fields.getAll("scope").map(String),
    });
    if (!form.success) return refused(context, "The form did not arrive whole.");
    const { handle, decision, lifetime, scope } = form.data;
    if (decision === "deny") {
      const denied = await context.oauth.denyConsent(request, handle);
      return redirect(denied.headers);
    }
    const signIn = context.signIns.find(({ name }) => decision === `allow:${name}`);
    if (signIn === undefined) return refused(context, "The form did not arrive whole.");
    const { scopes } = context.app;
    const ticked = scopes.parse([...scopes.baseline, ...scope]);
    const approved = await context.oauth.approveConsent(request, handle, { scope: [...ticked] });
    const by = (await sessionSubject(request, context.settings)) ?? null;
    return sendToSignIn(signIn, { lifetime, consent: await sha256(handle), by }, approved, context);
  };
  const response = await safely(context, answer, () => over(request, fields?.get("until"), context));
  if (response.status === 302) response.headers.append("set-cookie", DECIDED);
  return response;
}

async function sendToSignIn(
  signIn: SignIn,
  kept: Pick<Parameters<typeof keepForSignIn>[0], "lifetime" | "consent" | "by">,
  { request: approved, headers: approvedHeaders }: ApprovedConsent,
  context: Context,
): Promise<Response> {
  const fresh = approved.scope.some((scope) => context.app.destroys.includes(scope));
  const started = await signIn
    .start(callbackUrl(signIn, context.settings), context.settings, { fresh })
    .catch(signInDenial);
  if ("refused" in started) {
    logSignIn(context.requestId, signIn.name, started.refused, started.code);
    const words = `${labelOf(signIn, context.settings)} could not be reached. Try again.`;
    approvedHeaders.set("location", authorizationErrorRedirect(approved, "temporarily_unavailable", words));
    return redirect(approvedHeaders);
  }
  const { state, headers } = await context.oauth.beginUpstream(approved, {
    data: keepForSignIn({ ...kept, signIn: signIn.name, data: started.data }),
    headers: approvedHeaders,
  });
  headers.set("location", started.location(state).href);
  return redirect(headers);
}

/** Nothing is ticked that was not asked for. An app that asks for no more than the baseline is offered what a first connection needs. */
function offersFor({ scopes, destroys }: Context["app"], asked: readonly string[]) {
  const more = scopes.parse(asked).some((scope) => !scopes.baseline.includes(scope));
  const named = more ? asked : scopes.first;
  return scopes.all.map((scope) => {
    const { may, risk, offer } = scopes.entry(scope);
    const [isAsked, locked] = [named.includes(scope), offer === "always"];
    const ticked = locked || (isAsked && offer !== "never");
    return { scope, may, risk, ticked, locked, asked: isAsked, deletes: destroys.includes(scope) };
  });
}

/**
 * RFC 6749 §3.1: parameters are sent once. The library takes the first of two, a client may mean the second. A resource may be
 * named several times (RFC 8707 §2): the same one. Only a plain name is told: anybody can make this link.
 */
function repeatedParameter({ searchParams }: URL): string | undefined {
  const repeated = [...searchParams.keys()].find((name) => {
    const values = searchParams.getAll(name);
    return (name === "resource" ? new Set(values).size : values.length) > 1;
  });
  return repeated === undefined || /^[\w-]{1,32}$/.test(repeated) ? repeated && `"${repeated}"` : "a parameter";
}
