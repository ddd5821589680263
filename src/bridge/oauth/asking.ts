// Who asks at /authorize, and where the answer would go, looked at before anything is shown. Cheap first: a document is fetched
// only for a request that could lead somewhere. Each page names the cause and the way out, for the user reads it and the app
// does not. RFC 6749 §4.1.2.1: no redirect while either is in doubt.

import { AuthorizationError, type AuthRequest } from "@cloudflare/workers-oauth-provider";
import { isRedirectUri } from "../addresses.ts";
import { messagePage } from "../pages/message.tsx";
import type { Context } from "../request/context.ts";
import { refused } from "./answers.ts";
import { placeOf, redirectAllowed } from "./clients.ts";
import { OAUTH } from "./settings.ts";
import { loadSwitched, SWITCHED } from "./switched.ts";

/** What the library makes, or the URL of a document: longer than a URL needs, shorter than a key of storage may be. */
const CLIENT_ID = /^([\w-]{1,64}|https:\/\/[\x21-\x7e]{1,392})$/;

export function isClientId(client: string): boolean {
  return CLIENT_ID.test(client);
}

/** A URL is fetched when it is needed; any other id is one that was registered here. */
export function isDocument(client: string): boolean {
  return client.startsWith("https://");
}

/** The request, or the page that says why it leads nowhere. */
export async function parseAsking(request: Request, context: Context): Promise<AuthRequest | Response> {
  const params = new URL(request.url).searchParams;
  const client = params.get("client_id") ?? "";
  const redirectUri = params.get("redirect_uri") ?? "";
  if (client === "") return faulty(context, "did not say which app it is");
  if (!isClientId(client)) return notRegistered(request, context);
  const switched = await loadSwitched(context.env, { client });
  if (switched !== undefined) return refused(context, SWITCHED[switched]);
  if (!isDocument(client) && (await context.oauth.lookupClient(client)) === null)
    return notRegistered(request, context);
  if (redirectUri === "") return faulty(context, "did not say where its answer should go");
  if (!isRedirectUri(redirectUri)) return faulty(context, "named no place that an answer could go to");
  if (!redirectAllowed(redirectUri, context.settings.of(OAUTH))) return unlisted(context, redirectUri);
  try {
    return await context.oauth.parseAuthRequest(request);
  } catch (error) {
    // The client is known here. The library names a redirect only when it is one of this client's.
    if (error instanceof AuthorizationError && error.redirectUri === undefined) return otherRedirect(context);
    throw error;
  }
}

/** A program that asks gets the error at which SDKs register anew; a browser gets the way out in words. */
function notRegistered(request: Request, { requestId, app }: Context): Response {
  const accept = request.headers.get("accept") ?? "";
  if (accept.includes("application/json") && !accept.includes("text/html")) {
    const body = { error: "invalid_client", error_description: "This client is not registered here. Register again." };
    return Response.json(body, { status: 401, headers: { "cache-control": "no-store" } });
  }
  return messagePage(app.look, {
    title: "The app is not registered here",
    what: "The app used an id that this service does not know. Its registration has ended, or was made elsewhere.",
    next: `${ANEW} mcp-remote keeps its registrations in the folder .mcp-auth of your home folder: delete that folder.`,
    status: 400,
    id: requestId,
  });
}

function otherRedirect({ requestId, app }: Context): Response {
  return messagePage(app.look, {
    title: "The app wants its answer elsewhere",
    what: "The app is registered here, but not with the address to which it wants the answer sent now. It may have been updated.",
    next: ANEW,
    status: 400,
    id: requestId,
  });
}

const ANEW = "In the app, remove this server (or sign out of it) and add it again. The app then registers anew.";

function unlisted({ requestId, app }: Context, redirectUri: string): Response {
  const { place } = placeOf(redirectUri);
  return messagePage(app.look, {
    title: "This app is not on the list",
    what: `Access would be sent to ${place.slice(0, 100)}, and this service does not send access there.`,
    next: "If you trust that place, ask this service's operator to add it. (For the operator: REDIRECT_HOSTS is for websites, REDIRECT_URIS for programs.)",
    status: 400,
    id: requestId,
  });
}

export function faulty(context: Context, what: string): Response {
  const { requestId, app } = context;
  return messagePage(app.look, {
    title: "The app sent a faulty request",
    what: `The app ${what}. You can do nothing about it.`,
    next: "Close this page. If it happens again, tell the app's maker.",
    status: 400,
    id: requestId,
  });
}
