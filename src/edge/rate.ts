// Rate by address, before any storage is touched, and by grant, before the ledger is asked. Counted by Cloudflare in each
// location, so approximate; the exact budgets are the ledger's. RFC 6585 §4 (429).

import type { Bindings, Settings } from "../env.ts";
import { refuse } from "./refuse.ts";
import type { Route } from "./routes.ts";

/** Metadata and the landing page are cheap and public, and an operator reads a long trail in one go; everything else costs. */
const FREE: ReadonlySet<string> = new Set(["landing", "metadata", "operator"]);

export async function checkAddressRate(
  request: Request,
  route: Route,
  env: Bindings,
  { loopback }: Settings,
): Promise<Response | undefined> {
  if (FREE.has(route.name) || request.method === "OPTIONS") return undefined;
  const strict = route.name === "mcp" ? env.RATE_MCP : env.RATE_OAUTH;
  const { success } = await (loopback ? env.RATE_LOOPBACK : strict).limit({ key: `${route.name} ${network(request)}` });
  return success ? undefined : tooMany();
}

export async function checkGrantRate(
  grant: string,
  env: Bindings,
  { loopback }: Settings,
): Promise<Response | undefined> {
  const { success } = await (loopback ? env.RATE_LOOPBACK : env.RATE_GRANT).limit({ key: grant });
  return success ? undefined : tooMany();
}

function tooMany(): Response {
  return refuse(429, "Too many requests. Try again in a minute.", { "retry-after": "60" });
}

/** An IPv4 address, or the /64 that an IPv6 address is one of: a subscriber has them all. */
function network(request: Request): string {
  const address = request.headers.get("cf-connecting-ip") ?? "unknown";
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const full = tail === undefined ? groups : [...groups, ...Array(Math.max(0, 8 - groups.length)).fill("0")];
  return full.slice(0, 4).join(":");
}
