// How an authorization ends: with a grant, here and nowhere else, or with a refusal that the client is told of. What may be
// granted was decided before (way-back.ts, confirmation.ts); codes and redirects are the library's (RFC 6749 §4.1.2).

import { type AuthRequest, authorizationErrorRedirect } from "@cloudflare/workers-oauth-provider";
import type { Person } from "../authz/principal.ts";
import { createSubject } from "../seal.ts";
import { type AuthorizeContext, redirect } from "./answers.ts";

export interface Decided {
  /** The client's request, its scopes already cut down to what is granted. */
  readonly asked: AuthRequest;
  readonly person: Person;
  readonly lifetime: number;
}

export async function completeGrant(
  { asked, person, lifetime }: Decided,
  headers: Headers,
  context: AuthorizeContext,
): Promise<Response> {
  const { redirectTo } = await context.oauth.completeAuthorization({
    request: asked,
    userId: await createSubject(context.settings.subjectKey, person.issuer, person.id),
    metadata: {},
    scope: asked.scope,
    props: { person, since: Date.now(), lifetime },
  });
  headers.set("location", redirectTo);
  return redirect(headers);
}

export function notListed(asked: AuthRequest, headers: Headers): Response {
  return sendBack(
    asked,
    "access_denied",
    "You are not listed on this bridge. Ask its operator to let you in.",
    headers,
  );
}

export function sendBack(
  asked: AuthRequest,
  code: "access_denied" | "temporarily_unavailable",
  words: string | undefined,
  headers: Headers,
): Response {
  headers.set("location", authorizationErrorRedirect(asked, code, words));
  return redirect(headers);
}
