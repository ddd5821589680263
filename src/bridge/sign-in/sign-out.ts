// /sign-out. POST: this browser's session ends in the ledger, so that a copy of its cookie is worth nothing either.

import { messagePage } from "../pages/message.tsx";
import type { RequestContext } from "../request/context.ts";
import { CLEARED, checkFormToken, endBrowserSession, loadBrowserSession } from "./browser-session.ts";

export async function signOut(request: Request, context: RequestContext): Promise<Response> {
  if (request.method !== "POST") return signedOut(request, context);
  const session = await loadBrowserSession(request, context);
  const fields = await request.formData().catch(() => undefined);
  if (session !== undefined && !(await checkFormToken(session, "sign-out", fields?.get("form"), context.settings))) {
    const what = "The form did not arrive whole, so you are still signed in.";
    return messagePage(context.app.look, {
      title: "Not signed out",
      what,
      next: "Go back and try again.",
      status: 400,
    });
  }
  // Anyone who is signed out already gets the same answer, without any change.
  if (session !== undefined) await endBrowserSession(session, request, context);
  return new Response(null, { status: 303, headers: { location: "/sign-out", "set-cookie": CLEARED } });
}

/** GET: what a browser shows after it, also when it is loaded again. Who is signed in did not press the button. */
async function signedOut(request: Request, context: RequestContext): Promise<Response> {
  const { connections } = context;
  if ((await loadBrowserSession(request, context)) !== undefined) {
    return new Response(null, { status: 303, headers: { location: connections ?? "/" } });
  }
  return messagePage(context.app.look, {
    title: "You are signed out",
    what: "This browser can no longer see your connections or approve anything. Apps that you connected stay connected.",
    next: "You can close this page.",
    ...(connections && { link: { path: connections, words: "Sign in again to see your connections" } }),
    status: 200,
  });
}
