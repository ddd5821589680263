// The Worker in process, as the outside sees it, and the few handles a test needs on its inside.

import { env, exports } from "cloudflare:workers";
import type { Subject } from "../../src/authz/principal.ts";
import type { Bindings } from "../../src/env.ts";
import { createBrowsing } from "./browsing.ts";
import { createJourney } from "./journey.ts";

export const bindings = env as unknown as Bindings & { readonly MCP_SESSIONS: DurableObjectNamespace };
export const ORIGIN = "http://127.0.0.1:8787";

const worker = (exports as unknown as { default: { fetch: (url: string, init?: RequestInit) => Promise<Response> } })
  .default;

export const journey = createJourney((url, init) => worker.fetch(url, init), ORIGIN);

export function ledgerOf(token: string) {
  return bindings.LEDGER.getByName(token.split(":")[0] as Subject);
}

/** Another browser, with no cookie yet. */
export const openBrowser = () => createBrowsing((url, init) => worker.fetch(url, init), ORIGIN);

/** Every event of a person, oldest first. */
export async function trailOf(token: string) {
  const ledger = ledgerOf(token);
  const all: Awaited<ReturnType<typeof ledger.events>>[number][] = [];
  for (;;) {
    const page = await ledger.events(all.at(-1)?.seq ?? 0);
    if (page.length === 0) return all.map(({ event }) => event);
    all.push(...page);
  }
}
