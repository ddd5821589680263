// A browser's way to a provider and back, for the pages of this bridge. (For an app that asks for access the OAuth library keeps
// the state: oauth/way-back.ts. Both come back to the one registered callback; a prefix of `state` tells them apart.)
// The record is in an encrypted cookie, so what comes back in another browser is worth nothing; the ledger takes it once.

import * as z from "zod";
import { SUBJECT_PATTERN, type Subject, type User } from "../gate/principal.ts";
import { ledgerOf } from "../ledger/address.ts";
import { enlistUser } from "../ledger/users.ts";
import { logSignIn } from "../log.ts";
import type { RequestContext } from "../request/context.ts";
import { callbackUrl, labelOf, type SignIn, type SignInDenial } from "../request/sign-in.ts";
import { createSubject, encryptCookie, randomToken, sameText, sha256 } from "../seal.ts";
import {
  browserRequest,
  cookieLine,
  droppedSignIns,
  endBrowserSession,
  loadBrowserSession,
  readCookie,
  sealBrowserSession,
} from "./browser-session.ts";
import { misconfiguredWords, signInDenial } from "./denial.ts";
import { returned, unlisted } from "./returned.ts";
import { signInFailed } from "./sign-in-page.tsx";

/** The library's handles are base64url and have no dot. */
const STATE = /^browser\.[\w-]{43}$/;
const TRIP_MS = 10 * 60_000;

const TRIP = z.strictObject({
  state: z.string().regex(STATE),
  signIn: z.string(),
  data: z.unknown(),
  returnTo: z.string(),
  expires: z.int(),
});

const SUBJECT = z
  .string()
  .regex(SUBJECT_PATTERN)
  .transform((text) => text as Subject);

/** POST /sign-in/NAME: off to the provider. The edge has checked that the form is one of our own pages'. */
export async function startBrowserSignIn(request: Request, name: string, context: RequestContext): Promise<Response> {
  const fields = await request.formData().catch(() => undefined);
  const returnTo = fields?.get("return");
  const signIn = context.signIns.find((entry) => entry.name === name);
  if (signIn === undefined || typeof returnTo !== "string" || !context.isReturnPath(returnTo)) {
    return signInFailed(context.app.look, {
      what: "The form did not arrive whole.",
      status: 400,
      id: context.requestId,
    });
  }
  const wish = { fresh: fields?.has("fresh") === true };
  const { settings } = context;
  const started = await signIn.start(callbackUrl(signIn, settings), settings, wish).catch(signInDenial);
  if ("refused" in started) return turnedAway(started, signIn, returnTo, context);
  const state = `browser.${randomToken()}`;
  const trip: z.input<typeof TRIP> = {
    state,
    signIn: name,
    data: started.data,
    returnTo,
    expires: Date.now() + TRIP_MS,
  };
  const sealed = await encryptCookie(settings, "browser-sign-in", JSON.stringify(trip));
  const headers = new Headers({ location: started.location(state).href });
  headers.append("set-cookie", cookieLine("browser-sign-in", sealed, TRIP_MS / 1000, tagOf(state)));
  for (const line of droppedSignIns(request)) headers.append("set-cookie", line);
  return new Response(null, { status: 303, headers });
}

/** Two tabs sign in side by side: each has a cookie of its own. */
function tagOf(state: string): string {
  return `-${state.slice("browser.".length).slice(0, 8)}`;
}

/** Whether a callback belongs here rather than to an app's authorization. */
export function isBrowserSignIn(callback: URL): boolean {
  return callback.searchParams.get("state")?.startsWith("browser.") === true;
}

/** GET /sign-in/NAME/callback, for a state of ours. */
export async function finishBrowserSignIn(request: Request, name: string, context: RequestContext): Promise<Response> {
  const { settings, env } = context;
  const callback = new URL(request.url);
  const state = callback.searchParams.get("state") ?? "";
  const tag = tagOf(state);
  const kept = TRIP.safeParse(await readCookie(request, "browser-sign-in", settings, tag));
  const signIn = context.signIns.find((entry) => entry.name === name && name === kept.data?.signIn);
  if (!kept.success || signIn === undefined || !(await sameText(kept.data.state, state))) return elsewhere(context);
  const { returnTo, data, expires } = kept.data;
  const spent = cookieLine("browser-sign-in", "", 0, tag);
  if (expires <= Date.now()) return withCookies(elsewhere(context), spent);

  const result = await returned(signIn, callback, data, context);
  if ("refused" in result) return withCookies(turnedAway(result, signIn, returnTo, context), spent);
  const { user, signedInAt } = result;
  if (context.entitlement(user).length === 0) return withCookies(notListed(user, context), spent);

  const now = Date.now();
  const subject = SUBJECT.parse(await createSubject(settings.subjectKey, user.issuer, user.id));
  await enlistUser(env.CONTROL, { subject, mail: user.mail }, settings, now);
  const id = await sha256(state);
  const opened = await ledgerOf(env, subject).openBrowserSession(id, browserRequest(request, context));
  if (opened === "used") return withCookies(elsewhere(context), spent);
  if (opened === "frozen") return withCookies(frozen(context), spent);
  const before = await loadBrowserSession(request, context);
  if (before !== undefined) await endBrowserSession(before, request, context);
  const session = await sealBrowserSession({ id, subject, user, signedInAt: signedInAt ?? null, born: now }, settings);
  const headers = { location: new URL(returnTo, settings.publicUrl).href };
  return withCookies(new Response(null, { status: 303, headers }), spent, session);
}

function withCookies(response: Response, ...lines: readonly string[]): Response {
  for (const line of lines) response.headers.append("set-cookie", line);
  return response;
}

function elsewhere({ requestId, app }: RequestContext): Response {
  const what = "This sign-in was started in another browser, has expired, or was used already.";
  return signInFailed(app.look, { what, status: 400, id: requestId });
}

function notListed(user: User, context: RequestContext): Response {
  const what = unlisted(user, context);
  return signInFailed(context.app.look, { what, status: 403, id: context.requestId });
}

function frozen({ requestId, app }: RequestContext): Response {
  const what = "The operator of this service has stopped your access. Ask them what happened.";
  return signInFailed(app.look, { what, status: 403, id: requestId });
}

function turnedAway(
  { refused, code }: SignInDenial,
  signIn: SignIn,
  returnTo: string,
  { app, settings, requestId, signIns }: RequestContext,
): Response {
  logSignIn(requestId, signIn.name, refused, code);
  const label = labelOf(signIn, settings);
  const words = {
    invalid: `What came back from ${label} does not fit this sign-in, so it was not used.`,
    denied: `${label} did not sign you in.`,
    unavailable: `${label} could not be reached.`,
    misconfigured: misconfiguredWords(label),
  };
  const status = { invalid: 400, denied: 400, unavailable: 503, misconfigured: 503 }[refused];
  return signInFailed(app.look, {
    what: words[refused],
    status,
    id: requestId,
    again: { app, signIns, settings, returnTo },
  });
}
