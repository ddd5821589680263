// Headers that come in and headers that go out. In: names that only our own layers may use are stripped from everything
// that comes from outside. Out: the security headers of every answer.

import type { Settings } from "../settings.ts";
import { setCors } from "./origin.ts";
import type { Body } from "./size.ts";

/** The edge's id of a request: in the log, in the audit log, on the answer, in every error. */
export const REQUEST_ID = "x-request-id";

const INTERNAL = /^(x-drawbridge-|x-agents-|x-partykit-|cf-mcp-|x-request-id$)/;

/** A copy without internal headers, with our own request id and the body as it was counted. */
export function stripInternalHeaders(request: Request, requestId: string, body: Body): Request {
  const headers = new Headers(request.headers);
  for (const name of [...headers.keys()]) if (INTERNAL.test(name)) headers.delete(name);
  headers.set(REQUEST_ID, requestId);
  const { url, method, cf, signal } = request;
  return new Request(url, { method, headers, body, redirect: "manual", signal, ...(cf === undefined ? {} : { cf }) });
}

/** Pages set a stricter or looser Referrer-Policy themselves; what is already there stays. */
export function secure(
  response: Response,
  request: Request,
  requestId: string,
  settings: Settings | undefined,
): Response {
  const headers = new Headers(response.headers);
  const absent = (name: string, value: string) => {
    if (!headers.has(name)) headers.set(name, value);
  };
  absent("cache-control", "no-store");
  absent("referrer-policy", "no-referrer");
  headers.set("x-content-type-options", "nosniff");
  headers.set("cross-origin-resource-policy", "same-origin");
  headers.set(REQUEST_ID, requestId);
  headers.delete("x-powered-by");
  if (settings !== undefined) {
    if (!settings.loopback) headers.set("strict-transport-security", "max-age=31536000; includeSubDomains");
    setCors(headers, request, settings);
  }
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
