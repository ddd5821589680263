// Where a request came from, as coarse as it is useful: never an address, never a User-Agent in full. Pure.

import { isLoopback } from "../addresses.ts";
import type { Where } from "../gate/where.ts";

const FAMILIES = [
  "claude",
  "mcp-remote",
  "cursor",
  "vscode",
  "inspector",
  "python",
  "node",
  "go-http-client",
  "curl",
  "mozilla",
];

export function whereOf(request: Request): Where {
  // On a laptop the local runtime makes up a place, and a user who reads it later would wonder who was there.
  const { country, asn } = isLoopback(new URL(request.url).hostname) ? {} : (request.cf ?? {});
  const agent = (request.headers.get("user-agent") ?? "").toLowerCase();
  return {
    country: typeof country === "string" && /^[A-Z0-9]{2}$/.test(country) ? country : "XX",
    asn: typeof asn === "number" ? asn : 0,
    agent: FAMILIES.find((family) => agent.includes(family)) ?? "other",
  };
}
