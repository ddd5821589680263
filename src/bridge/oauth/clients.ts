// Which clients may be given anything. The redirect decides: loopback, a host on the list, or a URI on the list, letter for
// letter, as desktop apps have them for a scheme of their own (RFC 8252 §7.1). Pure.

import { isLoopback, isRedirectUri } from "../addresses.ts";
import type { Values } from "../setting.ts";
import type { OAUTH } from "./settings.ts";

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

/** Redirects of well-known editors and hosted clients. Add yours with the REDIRECT_URIS setting. */
const KNOWN_URIS: ReadonlySet<string> = new Set([
  "cursor://anysphere.cursor-mcp/oauth/callback",
  "warp://mcp/oauth2callback",
  "com.raycast:/oauth",
  "https://insiders.vscode.dev/redirect",
  "https://antigravity.google/oauth-callback",
  "https://api.devin.ai/mcp/oauth/callback",
  "https://callback.mistral.ai/v1/integrations_auth/oauth2_callback",
  "https://www.perplexity.ai/rest/connections/oauth_callback",
  "https://enterprise.perplexity.ai/rest/connections/oauth_callback",
]);

const MAX_REDIRECTS = 10;

/** What an operator lists beside the shipped lists. */
export type Listed = Pick<Values<(typeof OAUTH)["settings"]>, "REDIRECT_HOSTS" | "REDIRECT_URIS">;

export function redirectAllowed(uri: string, { REDIRECT_HOSTS, REDIRECT_URIS }: Listed): boolean {
  if (!isRedirectUri(uri)) return false;
  if (KNOWN_URIS.has(uri) || REDIRECT_URIS.includes(uri)) return true;
  const url = new URL(uri);
  if (isLoopback(url.hostname)) return url.protocol === "http:" || url.protocol === "https:";
  return (
    url.protocol === "https:" &&
    url.port === "" &&
    (KNOWN_HOSTS.has(url.hostname) || REDIRECT_HOSTS.includes(url.hostname))
  );
}

/** Where a redirect leads, as a page names it: a host, or the scheme of a program on this computer and what follows it. */
export function placeOf(redirectUri: string): { readonly place: string; readonly onThisComputer: boolean } {
  const { protocol, host, hostname, pathname } = new URL(redirectUri);
  if (protocol === "http:" || protocol === "https:") return { place: hostname, onThisComputer: isLoopback(hostname) };
  return { place: host === "" ? `${protocol}${pathname}` : `${protocol}//${host}`, onThisComputer: true };
}

export interface RegistrationProblem {
  readonly error: "invalid_redirect_uri" | "invalid_client_metadata";
  readonly error_description: string;
}

/** Why a dynamic registration (RFC 7591 §3.2.2) is refused, in words for its author; undefined when it is fine. */
export function registrationProblem(
  metadata: Readonly<Record<string, unknown>>,
  listed: Listed,
): RegistrationProblem | undefined {
  const words = redirectProblem(metadata["redirect_uris"], listed);
  if (words !== undefined) return { error: "invalid_redirect_uri", error_description: words };
  // RFC 7591 §2 allows any name, in any script: the consent page says what is odd about one.
  if (["undefined", "string"].includes(typeof metadata["client_name"])) return undefined;
  return { error: "invalid_client_metadata", error_description: "client_name is not a string" };
}

function redirectProblem(uris: unknown, listed: Listed): string | undefined {
  if (!Array.isArray(uris) || uris.length === 0) return "redirect_uris is missing";
  if (uris.length > MAX_REDIRECTS) return `redirect_uris has more than ${MAX_REDIRECTS} entries`;
  const odd = uris.find((uri) => typeof uri !== "string" || (!isRedirectUri(uri) && !isRemoteHttp(uri)));
  if (odd !== undefined) return `${quoted(odd)} can never be a redirect URI`;
  if (uris.some((uri) => redirectAllowed(uri, listed))) return undefined;
  return `this bridge sends nothing to ${uris.map(quoted).join(", ")}: a redirect URI is on loopback, or its host or the URI itself is on a list to which the bridge's operator can add with REDIRECT_HOSTS or REDIRECT_URIS`;
}

/** A mistake and no attack: it is refused, or left out, like a host that is not listed. */
function isRemoteHttp(uri: string): boolean {
  return /^http:\/\//i.test(uri) && isRedirectUri(uri.replace(/^http/i, "https"));
}

/** RFC 6749 §5.2: a description is printable ASCII without quotes and backslashes. */
function quoted(uri: unknown): string {
  return String(uri)
    .slice(0, 100)
    .replace(/[^\x20-\x7e]|["\\]/g, "?");
}
