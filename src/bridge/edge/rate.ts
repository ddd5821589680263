// Requests a minute. Before a credential is known to be genuine they count by address, afterwards by grant or by user: hosted
// clients call from few addresses for all their users. Counted by Cloudflare in each location, so approximate; the exact budgets
// are the ledger's. RFC 6585 §4 (429). A bridge on a laptop does not count that laptop's own requests.

import { subscriberOf } from "../addresses.ts";
import type { Bindings } from "../request/bindings.ts";
import type { Settings } from "../settings.ts";
import { refuse } from "./refuse.ts";

/** Metadata and the landing page are cheap and public. */
export const FREE: ReadonlySet<string> = new Set(["landing", "metadata"]);

/** Addresses of the computer that the bridge itself runs on. */
const OWN = /^(127\.\d+\.\d+\.\d+|::1)$/;

const WAIT_SECONDS = 60;
const WORDS = "Too many requests. Try again in a minute.";

/**
 * @param route its name
 * @param subject whose request this is, if that is known: it then counts for them, or for them at this address where only their id
 * is known and anybody could name it.
 */
export async function checkAddressRate(
  request: Request,
  route: string,
  env: Bindings,
  { loopback }: Settings,
  subject?: { readonly genuine: string } | { readonly claimed: string },
): Promise<Response | undefined> {
  if (FREE.has(route) || request.method === "OPTIONS") return undefined;
  const address = request.headers.get("cf-connecting-ip") ?? "::1";
  // Both: a deployed bridge has a name that is not loopback, and counts whatever it is told to be.
  if (loopback && OWN.test(address)) return undefined;
  const limiter = route === "mcp" ? env.RATE_MCP : env.RATE_OAUTH;
  const counted = subject !== undefined && "genuine" in subject ? subject.genuine : subscriberOf(address);
  const claimed = subject !== undefined && "claimed" in subject ? ` ${subject.claimed}` : "";
  for (let left = costOf(request, route); left > 0; left -= 1) {
    if (!(await limiter.limit({ key: `${route} ${counted}${claimed}` })).success) return tooMany(route);
  }
  return undefined;
}

/** A client that is a URL makes the bridge fetch it, so that it counts for three: twenty a minute. */
function costOf({ url }: Request, name: string): number {
  const client = name === "authorize" ? new URL(url).searchParams.get("client_id") : null;
  return client?.startsWith("https://") === true ? 3 : 1;
}

/** Only after the token was found to be genuine: who knows no more than a grant's id uses up nothing of it. */
export async function checkGrantRate(
  grant: string,
  env: Bindings,
  { loopback }: Settings,
  readId: () => Promise<string | number | undefined> = async () => undefined,
): Promise<Response | undefined> {
  if (loopback) return undefined;
  const { success } = await env.RATE_GRANT.limit({ key: grant });
  return success ? undefined : tooManyMessages(await readId());
}

/** The same for a refresh token. */
export async function checkRefreshRate(grant: string, env: Bindings, { loopback }: Settings) {
  if (loopback || (await env.RATE_OAUTH.limit({ key: `refresh ${grant}` })).success) return undefined;
  return tooManyAsked();
}

/** As anyone who asks expects it: what is no JSON makes clients throw their tokens away, or open a browser. */
function tooMany(name: string): Response {
  if (name === "mcp") return tooManyMessages();
  if (name === "token" || name === "register" || name === "authorize") return tooManyAsked();
  return refuse(429, WORDS, { "retry-after": String(WAIT_SECONDS) });
}

/** JSON-RPC, with the id of the message where it was read. */
function tooManyMessages(id?: string | number): Response {
  const error = { code: -32000, message: WORDS };
  return Response.json({ jsonrpc: "2.0", ...(id === undefined ? {} : { id }), error }, limited(WAIT_SECONDS));
}

/** RFC 6749 §5.2 in shape. The SDKs know this code, and take it for a trouble that passes. */
function tooManyAsked(error_description: string = WORDS, seconds: number = WAIT_SECONDS): Response {
  return Response.json({ error: "temporarily_unavailable", error_description }, limited(seconds));
}

function limited(seconds: number): ResponseInit {
  return { status: 429, headers: { "retry-after": String(seconds), "cache-control": "no-store" } };
}
