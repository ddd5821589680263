// What an error on the way to or from a provider means for the person: the provider said no, it could not be asked, or its
// answer failed a check. Codes are from closed sets; what a provider wrote into an error is never read. Pure.

import * as oauth from "oauth4webapi";
import type { SignInRefusal } from "../request/sign-in.ts";

/** Answers that are no answer: the provider is down, or something stands in front of it. */
const NO_ANSWER: ReadonlySet<string> = new Set([
  oauth.RESPONSE_IS_NOT_CONFORM,
  oauth.RESPONSE_IS_NOT_JSON,
  oauth.PARSE_ERROR,
]);

/** RFC 6749 §4.1.2.1: the provider is in trouble; the person did nothing wrong. */
const TROUBLE: ReadonlySet<string> = new Set(["server_error", "temporarily_unavailable"]);

/** RFC 6749 §5.2 and GitHub's own: the bridge is set up wrongly at the provider. Its operator finds the code in the log. */
const SETUP: ReadonlySet<string> = new Set([
  "invalid_client",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "incorrect_client_credentials",
  "redirect_uri_mismatch",
]);

export function signInRefusal(error: unknown): SignInRefusal {
  if (error instanceof oauth.AuthorizationResponseError) {
    if (TROUBLE.has(error.error)) return { refused: "unavailable", code: error.error };
    return SETUP.has(error.error)
      ? { refused: "unavailable", code: error.error }
      : { refused: "denied", code: error.code };
  }
  if (error instanceof oauth.ResponseBodyError) {
    if (SETUP.has(error.error)) return { refused: "unavailable", code: error.error };
    return { refused: error.status >= 500 ? "unavailable" : "denied", code: error.code };
  }
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    const code = error.code ?? "unknown";
    return { refused: NO_ANSWER.has(code) ? "unavailable" : "invalid", code };
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) return { refused: "unavailable", code: error.code };
  // The network, a timeout, or a body that is not what the provider documents.
  return { refused: "unavailable", code: error instanceof Error ? error.name : "unknown" };
}
