// /authorize and the way back from sign-in. Consent comes before any redirect to a provider, on every authorization; the
// grant is what was ticked, known and entitled (invariant 10). Handles, cookies, state and codes are the library's.

import {
  AuthorizationError,
  type AuthRequest,
  authorizationErrorRedirect,
  CimdFetchError,
  type OAuthHelpers,
} from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import type { Person } from "../authz/principal.ts";
import { BASELINE, parseScopes, SCOPES, type Scope, scopes } from "../authz/scopes.ts";
import type { Settings } from "../env.ts";
import { createNonce } from "../pages/layout.tsx";
import { messagePage } from "../pages/message.tsx";
import { createSubject } from "../seal.ts";
import { callbackUrl, type SignIn } from "../sign-in/sign-in.ts";
import { nameWarnings, redirectAllowed } from "./clients.ts";
import { consentPage } from "./consent-page.tsx";

export interface AuthorizeContext {
  readonly oauth: OAuthHelpers;
  readonly settings: Settings;
  readonly signIns: readonly SignIn[];
  readonly entitlement: (person: Person) => readonly Scope[];
  readonly requestId: string;
}

const HOUR = 3600;
const LIFETIMES = [
  { seconds: HOUR, label: "1 hour", chosen: false },
  { seconds: 24 * HOUR, label: "24 hours", chosen: true },
  { seconds: 7 * 24 * HOUR, label: "7 days", chosen: false },
] as const;

/** What is kept, by the library, from the consent page to the way back. */
const KEPT = z.object({ signIn: z.string(), lifetime: z.int(), data: z.unknown() });

const FORM = z.object({
  handle: z.string().min(1).max(256),
  decision: z.string().max(64),
  lifetime: z.coerce.number().refine((seconds) => LIFETIMES.some((choice) => choice.seconds === seconds)),
  scope: z.array(z.string()).transform(parseScopes),
});

/** GET /authorize: the consent page. */
export async function showConsent(request: Request, context: AuthorizeContext): Promise<Response> {
  return safely(context, async () => {
    const repeated = repeatedParameter(new URL(request.url));
    if (repeated !== undefined) return refused(context, `The request names "${repeated}" twice.`);
    const asked = await context.oauth.parseAuthRequest(request);
    if (!redirectAllowed(asked.redirectUri, context.settings.redirectHosts)) return unlisted(context, asked);
    if (asked.state.length > 2048) return refused(context, "The request's state is too long.");
    const about = await context.oauth.describeConsent(asked);
    const consent = await context.oauth.beginConsent(asked);
    return consentPage({
      nonce: createNonce(),
      headers: consent.headers,
      handle: consent.handle,
      clientName: about.clientName,
      clientDomain: about.clientDomain,
      redirectHost: about.redirectHost,
      redirectIsLoopback: about.redirectIsLoopback,
      offers: offersFor(parseScopes(asked.scope)),
      signIns: context.signIns.map(({ name, label }) => ({ name, label })),
      lifetimes: LIFETIMES,
      warnings: nameWarnings(about.clientName, about.redirectHost, about.clientDomain),
    });
  });
}

/** POST /authorize: Deny goes back to the client, Allow goes to sign-in. Nothing but the form's four fields is read. */
export async function decideConsent(request: Request, context: AuthorizeContext): Promise<Response> {
  return safely(context, async () => {
    const fields = await request.formData();
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
    const ticked = SCOPES.filter((name) => BASELINE.includes(name) || scope.includes(name));
    const approved = await context.oauth.approveConsent(request, handle, { scope: ticked });
    const { data, location } = await signIn.start(callbackUrl(signIn, context.settings), context.settings);
    const { state, headers } = await context.oauth.beginUpstream(approved.request, {
      data: { signIn: signIn.name, lifetime, data },
      headers: approved.headers,
    });
    headers.set("location", location(state).href);
    return redirect(headers);
  });
}

/** GET /sign-in/NAME/callback: who came back, what they may hold, and the grant. */
export async function finishSignIn(request: Request, name: string, context: AuthorizeContext): Promise<Response> {
  return safely(context, async () => {
    const { request: asked, data: kept, headers } = await context.oauth.finishUpstream(request);
    const { signIn: chosen, lifetime, data } = KEPT.parse(kept);
    const signIn = context.signIns.find((entry) => entry.name === name && name === chosen);
    if (signIn === undefined) return refused(context, "This sign-in was started elsewhere.");
    const back = (code: "access_denied" | "temporarily_unavailable", words: string) => {
      headers.set("location", authorizationErrorRedirect(asked, code, words));
      return redirect(headers);
    };
    const result = await signIn.finish(new URL(request.url), data, context.settings);
    if ("refused" in result) {
      return result.refused === "denied"
        ? back("access_denied", `${signIn.label} did not sign you in.`)
        : back("temporarily_unavailable", `${signIn.label} could not be reached. Try again.`);
    }
    const { person } = result;
    const entitled = context.entitlement(person);
    const granted = parseScopes(asked.scope).filter((scope) => entitled.includes(scope));
    if (granted.length === 0)
      return back("access_denied", "You are not listed on this bridge. Ask its operator to let you in.");
    const { redirectTo } = await context.oauth.completeAuthorization({
      request: asked,
      userId: await createSubject(context.settings.subjectKey, person.issuer, person.id),
      metadata: {},
      scope: [...granted],
      props: { person, since: Date.now(), lifetime },
    });
    headers.set("location", redirectTo);
    return redirect(headers);
  });
}

function offersFor(asked: readonly Scope[]) {
  return SCOPES.map((scope) => {
    const { may, risk, offer } = scopes[scope];
    const isAsked = asked.includes(scope);
    const ticked = offer === "always" || offer === "ticked" || (offer === "asked" && isAsked);
    return { scope, may, risk, ticked, locked: offer === "always", asked: isAsked };
  });
}

/** RFC 6749 §3.1: parameters are sent once. The library takes the first of two, a client may mean the second. */
function repeatedParameter(url: URL): string | undefined {
  const seen = new Set<string>();
  for (const [name] of url.searchParams) {
    if (seen.has(name)) return name.slice(0, 32);
    seen.add(name);
  }
  return undefined;
}

/** Redirects only where the library says that it is safe, and shows everything else here. */
async function safely(context: AuthorizeContext, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof AuthorizationError) {
      const { redirectTo, redirectUri } = error;
      const listed = redirectUri !== undefined && redirectAllowed(redirectUri, context.settings.redirectHosts);
      if (redirectTo !== undefined && listed) return redirect(new Headers({ location: redirectTo }));
      return refused(context, plain(error));
    }
    if (error instanceof CimdFetchError)
      return refused(context, "What the app says about itself could not be fetched.");
    throw error;
  }
}

/** Our words for the library's closed set of codes: its descriptions can quote what the client sent. */
function plain({ code }: AuthorizationError): string {
  if (code === "unauthorized_client") return "The app is not registered here, or not for this.";
  if (code === "access_denied") return "This page has expired, was used already, or was opened in another browser.";
  if (code === "invalid_target") return "The app asked for access to something that is not this bridge.";
  return "The request was incomplete, has expired, or was opened in another browser.";
}

function refused({ requestId }: AuthorizeContext, what: string): Response {
  const next = "Close this page and connect again from the app. If it happens again, tell the bridge's operator.";
  return messagePage({ title: "This connection cannot be made", what, next, status: 400, id: requestId });
}

function unlisted({ requestId }: AuthorizeContext, { redirectUri }: AuthRequest): Response {
  return messagePage({
    title: "This app is not on the list",
    what: `Access would be sent to ${new URL(redirectUri).host || "another program"}, and this bridge does not send access there.`,
    next: "If you trust that place, ask the bridge's operator to add it to REDIRECT_HOSTS.",
    status: 400,
    id: requestId,
  });
}

function redirect(headers: Headers): Response {
  return new Response(null, { status: 302, headers });
}
