// How an authorization ends: with a grant, here and nowhere else, or with a denial that the client is told of. What may be
// granted was decided before (way-back.ts, confirmation.ts); codes and redirects are the library's (RFC 6749 §4.1.2).

import {
  AuthorizationError,
  type AuthRequest,
  authorizationErrorRedirect,
  CimdFetchError,
} from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import type { ClientId, Subject, User } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import { ledgerOf } from "../ledger/address.ts";
import { enlistUser } from "../ledger/users.ts";
import type { Context } from "../request/context.ts";
import { createSubject } from "../seal.ts";
import { unlisted } from "../sign-in/returned.ts";
import { redirect, refused } from "./answers.ts";
import { PassingTrouble } from "./outbound.ts";
import { SWITCHED } from "./switched.ts";

const USER_ID = z.string().transform((text) => text as Subject);
const CLIENT = z.string().transform((text) => text as ClientId);

export interface Decided {
  /** The client's request, its scopes already cut down to what is granted. */
  readonly asked: AuthRequest;
  /** What was ticked before it was known who ticked. */
  readonly ticked: readonly Scope[];
  readonly user: User;
  readonly lifetime: number;
  /** The consent that this comes from (a hash of its handle): it gives one grant. */
  readonly consent: string;
}

export async function completeGrant(decided: Decided, headers: Headers, context: Context): Promise<Response> {
  const { asked, user, lifetime } = decided;
  const userId = USER_ID.parse(await createSubject(context.settings.subjectKey, user.issuer, user.id));
  const gone = await noLongerFits(asked, headers, context);
  if (gone !== undefined) return gone;
  await enlistUser(context.env.CONTROL, { subject: userId, mail: user.mail }, context.settings, Date.now());
  const stopped = await recordConsent(userId, decided, context.app.scopes.parse(asked.scope), context);
  if (stopped !== undefined) return refused(context, stopped);
  const { redirectTo } = await context.oauth.completeAuthorization({
    request: asked,
    userId,
    metadata: {},
    scope: asked.scope,
    props: { person: user, since: Date.now(), lifetime },
    // An older grant ends when this one begins, with its first token: token-redemption.ts. Here it could still be abandoned.
    revokeExistingGrants: false,
  });
  headers.set("location", redirectTo);
  return redirect(headers);
}

/** The client may have changed since the consent page, or be gone. Looked at before anything is written down. */
async function noLongerFits(asked: AuthRequest, headers: Headers, context: Context): Promise<Response | undefined> {
  const again = new URL("/authorize", context.settings.publicUrl);
  const params = {
    response_type: asked.responseType,
    client_id: asked.clientId,
    redirect_uri: asked.redirectUri,
    code_challenge: asked.codeChallenge ?? "",
    code_challenge_method: asked.codeChallengeMethod ?? "",
  };
  again.search = new URLSearchParams(params).toString();
  try {
    await context.oauth.parseAuthRequest(new Request(again));
    return undefined;
  } catch (error) {
    if (error instanceof PassingTrouble) return sendBack(asked, "temporarily_unavailable", NOT_NOW, headers);
    if (!(error instanceof AuthorizationError || error instanceof CimdFetchError)) throw error;
    return refused(context, "The app has changed since you allowed it, and what it asked for fits no more.");
  }
}

const NOT_NOW = "What the app says about itself could not be fetched. Try again.";

/** The user saw what was left of what they ticked, and said no. */
export async function refuseGrant(decided: Decided, headers: Headers, context: Context): Promise<Response> {
  const { asked, user } = decided;
  const userId = USER_ID.parse(await createSubject(context.settings.subjectKey, user.issuer, user.id));
  await enlistUser(context.env.CONTROL, { subject: userId, mail: user.mail }, context.settings, Date.now());
  const stopped = await recordConsent(userId, decided, [], context);
  if (stopped !== undefined) return refused(context, stopped);
  return sendBack(asked, "access_denied", undefined, headers);
}

const USED = "This page has expired, was used already, or was opened in another browser.";

/**
 * Once: the library's records are read, then deleted, so that two callbacks at once both find one (RFC 9700 §4.7.1). What an
 * operator has stopped is not recorded either. Why it was not, in words for the page.
 */
async function recordConsent(
  subject: Subject,
  { asked, ticked, user, consent }: Decided,
  granted: readonly Scope[],
  { env, requestId }: Context,
): Promise<string | undefined> {
  const event = { request: requestId, client: CLIENT.parse(asked.clientId), signIn: user.provider, asked: ticked };
  const stopped = await ledgerOf(env, subject).consent(consent, { kind: "consent", ...event, granted });
  return stopped === undefined || stopped === "used" ? stopped && USED : SWITCHED[stopped];
}

export function notListed({ asked, user }: Decided, headers: Headers, context: Context): Response {
  return sendBack(asked, "access_denied", unlisted(user, context), headers);
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
