// /approvals/ID: where a person decides about one call. A guard and no part of the console: it stays when that is removed.

import { accountOf, personMessage } from "../sign-in/account.tsx";
import { type BrowserContext, type BrowserSession, loadBrowserSession } from "../sign-in/browser-session.ts";
import { signInPage } from "../sign-in/sign-in-page.tsx";

export async function serveApproval(request: Request, context: BrowserContext): Promise<Response> {
  const { pathname } = new URL(request.url);
  const session = await loadBrowserSession(request, context);
  if (session === undefined) {
    const why = "An app of yours asks for something that needs your own yes. Sign in to see what it is.";
    return signInPage({ title: "Sign in to decide", why, returnTo: pathname, fresh: true, ...context });
  }
  return notFound(session, context);
}

/** One answer for what never was, what is somebody else's and what is over. */
async function notFound(session: BrowserSession, context: BrowserContext): Promise<Response> {
  const what = "There is nothing to approve here for you. It may be over: an approval waits for five minutes.";
  return personMessage({
    title: "Not found",
    what,
    next: "Go back to your app and ask it to try again. If you use several accounts, look above which one this is.",
    status: 404,
    account: await accountOf(session, context),
  });
}
