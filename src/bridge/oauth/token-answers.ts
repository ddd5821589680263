// What the token endpoint answers by itself (RFC 6749 §5). Nothing that was sent is quoted.

import { type Cause, noteCause } from "../log.ts";

export function tokenResponse(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
}

type Denied = "invalid_grant" | "invalid_request" | "invalid_client" | "invalid_scope" | "unsupported_grant_type";

export function refused(error: Denied, error_description: string): Response {
  return Response.json({ error, error_description }, { status: 400, headers: { "cache-control": "no-store" } });
}

/** One answer to every code or token that is not good, so that it does not tell whose it could be. */
export function notGood(): Response {
  return refused("invalid_grant", "This code or token is not valid. Connect again.");
}

export function unavailable(cause: Cause): Response {
  noteCause(cause);
  const body = { error: "temporarily_unavailable", error_description: "Try again shortly." };
  return Response.json(body, { status: 503, headers: { "retry-after": "2", "cache-control": "no-store" } });
}
