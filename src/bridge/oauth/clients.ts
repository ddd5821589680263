// Which clients may be given anything. The redirect decides: loopback, or a host on the list. A client may register other
// URIs beside a usable one; they are refused when used. Pure.

import { isLoopback } from "../addresses.ts";
import { LONGEST_NAME } from "../pages/foreign-text.tsx";
import { mixesAlphabets } from "./names.ts";

/** Hosts of well-known MCP clients. Add yours with the REDIRECT_HOSTS setting. */
const KNOWN_HOSTS: ReadonlySet<string> = new Set([
  "claude.ai",
  "claude.com",
  "playground.ai.cloudflare.com",
  "vscode.dev",
  "chatgpt.com",
  "cursor.com",
  "www.cursor.com",
]);

const MAX_REDIRECTS = 5;

export function redirectAllowed(uri: string, redirectHosts: readonly string[]): boolean {
  if (!URL.canParse(uri)) return false;
  const url = new URL(uri);
  if (isLoopback(url.hostname)) return url.protocol === "http:" || url.protocol === "https:";
  return (
    url.protocol === "https:" &&
    url.port === "" &&
    (KNOWN_HOSTS.has(url.hostname) || redirectHosts.includes(url.hostname))
  );
}

/** Why a dynamic registration (RFC 7591) is refused, in words for its author; undefined when it is fine. */
export function registrationProblem(
  metadata: Readonly<Record<string, unknown>>,
  redirectHosts: readonly string[],
): string | undefined {
  const uris = metadata["redirect_uris"];
  const name = metadata["client_name"];
  if (!Array.isArray(uris) || uris.length === 0) return "redirect_uris is missing";
  if (uris.length > MAX_REDIRECTS) return `redirect_uris has more than ${MAX_REDIRECTS} entries`;
  if (!uris.some((uri) => typeof uri === "string" && redirectAllowed(uri, redirectHosts))) {
    return "none of the redirect_uris is loopback or on a host that this bridge allows (its operator can add one with REDIRECT_HOSTS)";
  }
  return name === undefined ? undefined : nameProblem(name);
}

function nameProblem(name: unknown): string | undefined {
  if (typeof name !== "string" || name.length > LONGEST_NAME)
    return `client_name is longer than ${LONGEST_NAME} characters`;
  // Control, format (bidi, zero-width), private-use and unassigned characters; markup.
  if (/[\p{C}<>]/u.test(name)) return "client_name has a character that is not allowed";
  return mixesAlphabets(name) ? "client_name mixes scripts" : undefined;
}
