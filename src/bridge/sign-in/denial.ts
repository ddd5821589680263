// What an error on the way to or from a provider means for the user: the provider said no, it could not be asked, the bridge is
// set up wrongly there, or its answer failed a check. Codes are from closed sets; what a provider wrote is never read. Pure.

import * as oauth from "oauth4webapi";
import * as z from "zod";
import type { SignInDenial } from "../request/sign-in.ts";

/** Answers that are no answer: the provider is down, or something stands in front of it. */
const NO_ANSWER: ReadonlySet<string> = new Set([
  oauth.RESPONSE_IS_NOT_CONFORM,
  oauth.RESPONSE_IS_NOT_JSON,
  oauth.PARSE_ERROR,
]);

/** RFC 6749 §4.1.2.1: the provider is in trouble, and that passes. Some send these from the token endpoint too. */
const TROUBLE: ReadonlySet<string> = new Set(["server_error", "temporarily_unavailable", "slow_down"]);

/**
 * RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6 and GitHub's own: they are about the bridge, not about the user, and
 * last until its operator mends them.
 */
const SETUP: ReadonlySet<string> = new Set([
  "invalid_request",
  "invalid_client",
  "unauthorized_client",
  "unsupported_response_type",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_target",
  "request_not_supported",
  "request_uri_not_supported",
  "registration_not_supported",
  "incorrect_client_credentials",
  "redirect_uri_mismatch",
  "application_suspended",
  // GitHub's token endpoint, with status 404, about a client id that is no longer there.
  "Not Found",
]);

/** Thrown on the way back, where the cause is known. */
export class SignInTrouble extends Error implements SignInDenial {
  override readonly name = "SignInTrouble";
  readonly refused: SignInDenial["refused"];
  readonly code: string;

  constructor(refused: SignInDenial["refused"], code: string) {
    super(code);
    this.refused = refused;
    this.code = code;
  }
}

/** RFC 9110 §15.5.9 and §15.6, RFC 8470 §5.2, RFC 6585 §4: too slow, too early, too many, or broken. */
export function tokens(status: number): boolean {
  return status >= 500 || [408, 425, 429].includes(status);
}

const ERROR = z.object({ error: z.string().min(1) });

/** Errors of a token endpoint that come with status 200, as GitHub's do. RFC 6749 §5.2 says 400, and the library reads them there. */
export async function withErrorStatus(answer: Response): Promise<Response> {
  if (answer.status !== 200) return answer;
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  return ERROR.safeParse(body).success ? new Response(answer.body, { status: 400, headers: answer.headers }) : answer;
}

export function signInDenial(error: unknown): SignInDenial {
  if (error instanceof SignInTrouble) return { refused: error.refused, code: error.code };
  if (error instanceof oauth.AuthorizationResponseError) return denialOf(error.error, error.code);
  if (error instanceof oauth.ResponseBodyError) {
    return tokens(error.status) ? { refused: "unavailable", code: error.code } : denialOf(error.error, error.code);
  }
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    const code = error.code ?? "unknown";
    return { refused: NO_ANSWER.has(code) ? "unavailable" : "invalid", code };
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    // RFC 6749 §5.2: how a token endpoint refuses the bridge's own secret. A bearer challenge is about a token.
    const bearer = error.cause.some(({ scheme }) => scheme === "bearer");
    const refused = error.status === 401 && !bearer ? "misconfigured" : "unavailable";
    return { refused, code: error.code };
  }
  // The network, a timeout, or a body that is not what the provider documents.
  return { refused: "unavailable", code: error instanceof Error ? error.name : "unknown" };
}

/** @param sent what the provider called it @param otherwise for the log, when that is none of the codes above */
function denialOf(sent: string, otherwise: string): SignInDenial {
  if (TROUBLE.has(sent)) return { refused: "unavailable", code: sent };
  return SETUP.has(sent) ? { refused: "misconfigured", code: sent } : { refused: "denied", code: otherwise };
}

/** For the user, who can do nothing about it. */
export function misconfiguredWords(label: string): string {
  return `This service is not set up correctly for sign-in with ${label}. Only its operator can mend that.`;
}
