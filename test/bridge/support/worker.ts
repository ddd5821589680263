// The Worker in process, as the outside sees it, and the few handles a test needs on its inside.

import { createScheduledController } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { vi } from "vitest";
import type { Subject } from "../../../src/bridge/gate/principal.ts";
import type { Bindings } from "../../../src/bridge/request/bindings.ts";
import { createBridge } from "./bridges.ts";
import { createBrowsing } from "./browsing.ts";
import { createJourney } from "./journey.ts";

export const bindings = env as unknown as Bindings & {
  /** The app's own. */
  readonly DB: D1Database;
  readonly MCP_SESSIONS: DurableObjectNamespace;
};
export const ORIGIN = "http://127.0.0.1:8787";

interface Worker {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
}
const worker = (exports as unknown as { readonly default: Worker }).default;

export const journey = createJourney((url, init) => worker.fetch(url, init), ORIGIN);

/** What the cron trigger starts. */
export async function hourly(): Promise<void> {
  const bridge = createBridge([]);
  await bridge.scheduled(createScheduledController(), bindings);
}

export function ledgerOf(token: string) {
  return bindings.LEDGER.getByName(token.split(":")[0] as Subject);
}

/** Another browser, with no cookie yet. */
export const openBrowser = () => createBrowsing((url, init) => worker.fetch(url, init), ORIGIN);

/** Every event of a user, oldest first. */
export async function auditLogOf(token: string) {
  const ledger = ledgerOf(token);
  const all: Awaited<ReturnType<typeof ledger.events>>[number][] = [];
  for (;;) {
    const page = await ledger.events(all.at(-1)?.seq ?? 0);
    if (page.length === 0) return all.map(({ event }) => event);
    all.push(...page);
  }
}

/** When no call of this user waits for its outcome any more; they leave in batches. */
export async function outcomesWritten(token: string): Promise<void> {
  await vi.waitUntil(async () => {
    const events = await auditLogOf(token);
    const count = (kind: string) => events.filter((event) => event.kind === kind).length;
    return count("settlement") === count("admission");
  }, 10_000);
}
