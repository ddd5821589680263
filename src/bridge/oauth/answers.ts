// How /authorize and the way back from sign-in answer when something is wrong: a redirect only where the library says that it
// is safe and the place is on our list, everything else on a page of ours, in our words, echoing nothing.

import { AuthorizationError, CimdFetchError } from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import { messagePage } from "../pages/message.tsx";
import type { Context } from "../request/context.ts";
import { cookieLine, hasCookie } from "../sign-in/browser-session.ts";
import { redirectAllowed } from "./clients.ts";
import { CONSENT_MS } from "./lifetimes.ts";
import { PassingTrouble } from "./outbound.ts";
import { OAUTH } from "./settings.ts";

/** Redirects only where the library says that it is safe, and shows everything else here. */
export async function safely(
  context: Context,
  answer: () => Promise<Response>,
  over: () => Response = () => refused(context, "The request was incomplete."),
): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof AuthorizationError) {
      const { redirectTo, redirectUri } = error;
      const listed = redirectUri !== undefined && redirectAllowed(redirectUri, context.settings.of(OAUTH));
      if (redirectTo !== undefined && listed) return redirect(new Headers({ location: redirectTo }));
      return START_AGAIN.test(error.message) ? over() : refused(context, plain(error));
    }
    if (error instanceof PassingTrouble) return notNow(context);
    if (error instanceof CimdFetchError) return notFetched(context);
    throw error;
  }
}

/** How the library says that what it kept for a form or a callback is not there, or not for this browser. */
const START_AGAIN = /; start again$/;

/** Our words for the library's closed set of codes: its descriptions can quote what the client sent. */
function plain({ code }: AuthorizationError): string {
  if (code === "unauthorized_client") return "The app is not registered here, or not for this.";
  if (code === "invalid_target") return "The app asked for access to something that is not this service.";
  return "The app's request was incomplete.";
}

function notNow({ requestId, app }: Context): Response {
  const page = messagePage(app.look, {
    title: "The app cannot be looked up at the moment",
    what: "What the app says about itself could not be fetched just now. Nothing was given to it.",
    next: "Try again in a minute: connect again from the app.",
    status: 503,
    id: requestId,
  });
  page.headers.set("retry-after", "30");
  return page;
}

/** Says for ten minutes that this browser sent a consent form: the library's own cookie is gone then. Words depend on it, nothing else. */
export const DECIDED = cookieLine("decided", "1", CONSENT_MS / 1000);

/** A form or a callback whose time or use is over. `until`: when the form says that it ends. */
export function over({ headers }: Request, until: unknown, { requestId, app }: Context): Response {
  const cookies = headers.get("cookie") ?? "";
  const page = { status: 400, id: requestId };
  if (typeof until === "string" && Number(until) < Date.now()) {
    const what = "You had ten minutes to decide. They are over, and this form gave the app nothing.";
    return messagePage(app.look, { ...page, title: "This page was open too long", what, next: AGAIN });
  }
  if (hasCookie(cookies, "decided")) {
    const what = "This page was used before. Each one works once.";
    return messagePage(app.look, { ...page, title: "You have decided already", what, next: AGAIN });
  }
  return messagePage(app.look, {
    ...page,
    title: "This page cannot be used here",
    what: "It was opened in another browser, several were opened after it, or your browser keeps no cookies from this service.",
    next: `Allow cookies for this service. ${AGAIN}`,
  });
}

const AGAIN = "If your app says that it is connected, close this page. Otherwise connect again from the app.";

function notFetched({ requestId, app }: Context): Response {
  return messagePage(app.look, {
    title: "The app's description cannot be read",
    what: "What the app says about itself could not be fetched from the address by which it is known, or cannot be used.",
    next: "Tell the app's maker: the description has to stand at that very address, public, over https on port 443, without a redirect.",
    status: 400,
    id: requestId,
  });
}

export function refused({ requestId, app }: Context, what: string): Response {
  const next =
    "Close this page and connect again from the app. If it happens again, tell the operator of this service.";
  return messagePage(app.look, { title: "This connection cannot be made", what, next, status: 400, id: requestId });
}

/** What the library says can quote what the client sent: RFC 6749 §5.2 wants printable ASCII, without quotes. */
export async function inPlainWords(answer: Response): Promise<Response> {
  const text = await answer.text();
  const error = ERROR.safeParse(text.startsWith("{") ? JSON.parse(text) : undefined);
  const words = error.data?.error_description.replace(/[^\x20-\x7e]|["\\]/g, "?");
  const { status, headers } = answer;
  return new Response(error.success ? JSON.stringify({ ...error.data, error_description: words }) : text, {
    status,
    headers,
  });
}

const ERROR = z.looseObject({ error: z.string(), error_description: z.string() });

export function redirect(headers: Headers): Response {
  return new Response(null, { status: 302, headers });
}
