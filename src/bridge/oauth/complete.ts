// How an authorization ends: with a grant, here and nowhere else, or with a refusal that the client is told of. What may be
// granted was decided before (way-back.ts, confirmation.ts); codes and redirects are the library's (RFC 6749 §4.1.2).

import { type AuthRequest, authorizationErrorRedirect } from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import type { ClientId, Person, Subject } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import { ledgerOf } from "../ledger/address.ts";
import { enlistPerson } from "../ledger/people.ts";
import type { Context } from "../request/context.ts";
import { createSubject } from "../seal.ts";
import { redirect, refused } from "./answers.ts";
import { SWITCHED } from "./switched.ts";

const PERSON_ID = z.string().transform((text) => text as Subject);
const CLIENT = z.string().transform((text) => text as ClientId);

export interface Decided {
  /** The client's request, its scopes already cut down to what is granted. */
  readonly asked: AuthRequest;
  /** What was ticked before it was known who ticked. */
  readonly ticked: readonly Scope[];
  readonly person: Person;
  readonly lifetime: number;
}

export async function completeGrant(
  { asked, ticked, person, lifetime }: Decided,
  headers: Headers,
  context: Context,
): Promise<Response> {
  const userId = PERSON_ID.parse(await createSubject(context.settings.subjectKey, person.issuer, person.id));
  const client = CLIENT.parse(asked.clientId);
  await enlistPerson(context.env.CONTROL, { subject: userId, mail: person.mail }, context.settings, Date.now());
  const granted = context.app.scopes.parse(asked.scope);
  const stopped = await recordConsent(userId, { client, person, ticked, granted }, context);
  if (stopped !== undefined) return refused(context, SWITCHED[stopped]);
  const { redirectTo } = await context.oauth.completeAuthorization({
    request: asked,
    userId,
    metadata: {},
    scope: asked.scope,
    props: { person, since: Date.now(), lifetime },
    // An older grant ends when this one begins, with its first token: token-redemption.ts. Here it could still be abandoned.
    revokeExistingGrants: false,
  });
  headers.set("location", redirectTo);
  return redirect(headers);
}

/** The person saw what was left of what they ticked, and said no. */
export async function refuseGrant(
  { asked, ticked, person }: Decided,
  headers: Headers,
  context: Context,
): Promise<Response> {
  const userId = PERSON_ID.parse(await createSubject(context.settings.subjectKey, person.issuer, person.id));
  await enlistPerson(context.env.CONTROL, { subject: userId, mail: person.mail }, context.settings, Date.now());
  await recordConsent(userId, { client: CLIENT.parse(asked.clientId), person, ticked, granted: [] }, context);
  return sendBack(asked, "access_denied", undefined, headers);
}

interface Decision extends Pick<Decided, "person" | "ticked"> {
  readonly client: ClientId;
  readonly granted: readonly Scope[];
}

/** What an operator has stopped is not recorded: the ledger says so. */
async function recordConsent(subject: Subject, decision: Decision, { env, requestId }: Context) {
  const { client, person, ticked, granted } = decision;
  const event = { request: requestId, client, signIn: person.provider, asked: ticked, granted };
  return ledgerOf(env, subject).consent({ kind: "consent", ...event });
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
  code: "access_denied" | "temporarily_unavailable" | "server_error",
  words: string | undefined,
  headers: Headers,
): Response {
  headers.set("location", authorizationErrorRedirect(asked, code, words));
  return redirect(headers);
}
