// Rate by address, before any storage is touched, and by grant, before the ledger is asked. Counted by Cloudflare in each
// location, so approximate; the exact budgets are the ledger's. RFC 6585 §4 (429). A bridge on a laptop does not count that
// laptop's own requests: all of its clients come from one address.

import type { Bindings } from "../request/bindings.ts";
import type { Route } from "../request/route.ts";
import type { Settings } from "../settings.ts";
import { refuse } from "./refuse.ts";

/** Metadata and the landing page are cheap and public, and an operator reads a long trail in one go; everything else costs. */
const FREE: ReadonlySet<string> = new Set(["landing", "metadata", "operator"]);

/** Addresses of the computer that the bridge itself runs on. */
const OWN = /^(127\.\d+\.\d+\.\d+|::1)$/;

export async function checkAddressRate(
  request: Request,
  route: Route,
  env: Bindings,
  { loopback }: Settings,
): Promise<Response | undefined> {
  if (FREE.has(route.name) || request.method === "OPTIONS") return undefined;
  const address = request.headers.get("cf-connecting-ip") ?? "::1";
  // Both: a deployed bridge has a name that is not loopback, and counts whatever it is told to be.
  if (loopback && OWN.test(address)) return undefined;
  const limiter = route.name === "mcp" ? env.RATE_MCP : env.RATE_OAUTH;
  const key = `${route.name} ${networkOf(address)}`;
  for (let left = costOf(request, route); left > 0; left -= 1) {
    if (!(await limiter.limit({ key })).success) return tooMany();
  }
  return undefined;
}

/** A client that is a URL makes the bridge fetch it, so that it counts for three: twenty a minute. */
function costOf({ url }: Request, { name }: Route): number {
  const client = name === "authorize" ? new URL(url).searchParams.get("client_id") : null;
  return client?.startsWith("https://") === true ? 3 : 1;
}

export async function checkGrantRate(
  grant: string,
  env: Bindings,
  { loopback }: Settings,
): Promise<Response | undefined> {
  if (loopback) return undefined;
  const { success } = await env.RATE_GRANT.limit({ key: grant });
  return success ? undefined : tooMany();
}

function tooMany(): Response {
  return refuse(429, "Too many requests. Try again in a minute.", { "retry-after": "60" });
}

/** An IPv4 address, or the /64 that an IPv6 address is one of: a subscriber has them all. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const full = tail === undefined ? groups : [...groups, ...Array(Math.max(0, 8 - groups.length)).fill("0")];
  return full.slice(0, 4).join(":");
}
