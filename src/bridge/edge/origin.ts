// Origin: a browser page may talk to the bridge only from an origin on the list (MCP transports: servers MUST validate it).
// Exact echo, never `*`, no credentials. Preflights are answered here, before anything else looks at the request.

import { isLoopback } from "../addresses.ts";
import type { Route } from "../request/route.ts";
import { fragment, variable, WORDS } from "../setting.ts";
import type { Settings } from "../settings.ts";
import { refuse } from "./refuse.ts";

export const ORIGINS = fragment({
  ALLOWED_ORIGINS: variable(WORDS, "web pages that may talk to the bridge"),
});

const ALLOWED_HEADERS =
  "authorization, content-type, accept, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, last-event-id";
// Mcp-Session-Id: a 2025 client that lives in a browser page has to read it.
const EXPOSED_HEADERS = "WWW-Authenticate, Retry-After, Mcp-Session-Id";

/** Clients that are no web page send no Origin, and pass. `null` is an origin, and nobody's. */
function originAllowed(origin: string | null, { publicUrl, loopback, of }: Settings): boolean {
  if (origin === null || origin === publicUrl.origin || of(ORIGINS).ALLOWED_ORIGINS.includes(origin)) return true;
  return loopback && URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}

export function checkOrigin(request: Request, settings: Settings, route: Route): Response | undefined {
  const origin = request.headers.get("origin");
  if (!originAllowed(origin, settings)) {
    const error = { jsonrpc: "2.0", error: { code: -32600, message: "This origin is not allowed." } };
    return route.name === "mcp" ? Response.json(error, { status: 403 }) : refuse(403, "This origin is not allowed.");
  }
  if (route.ownForms === true && request.method === "POST" && !fromOwnPage(request, settings)) {
    return refuse(403, "This form was not sent from a page of this bridge.");
  }
  if (request.method !== "OPTIONS" || origin === null) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": route.methods.join(", "),
      "access-control-allow-headers": [ALLOWED_HEADERS, ...parametersAsked(request)].join(", "),
      "access-control-max-age": "600",
    },
  });
}

/** The headers in which a 2026-07-28 client repeats arguments; a tool's own schema names them. */
function parametersAsked(request: Request): readonly string[] {
  const asked = request.headers.get("access-control-request-headers") ?? "";
  return asked
    .split(",")
    .map((name) => name.trim())
    .filter((name) => /^mcp-param-[\w!#$%&'*+.^`|~-]{1,64}$/i.test(name));
}

/**
 * Stricter than the list: a listed origin, or another port of a laptop, may call but may not press a user's buttons. Browsers
 * name the origin of every form (Fetch), and most say besides how that site is related (Sec-Fetch-Site).
 */
function fromOwnPage(request: Request, { publicUrl }: Settings): boolean {
  const site = request.headers.get("sec-fetch-site");
  return request.headers.get("origin") === publicUrl.origin && (site === null || site === "same-origin");
}

/** Replaces whatever an inner layer said about cross-origin use (the answer to a preflight is ours already). */
export function setCors(headers: Headers, request: Request, settings: Settings): void {
  if (request.method !== "OPTIONS") {
    for (const name of [...headers.keys()]) if (name.startsWith("access-control-")) headers.delete(name);
  }
  headers.append("vary", "Origin");
  const origin = request.headers.get("origin");
  if (origin === null || !originAllowed(origin, settings)) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", EXPOSED_HEADERS);
}
