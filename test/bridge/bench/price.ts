// What a million calls cost on Cloudflare, from counted operations and list prices. Free allowances are left out. Pure.

import type { Counts } from "./storage.ts";

/** Dollars a million, Workers Paid, as the documentation named them in November 2026; `storage` is dollars a GB and month. */
const PRICES = {
  request: 0.3,
  objectRequest: 0.15,
  gbSecond: 12.5,
  rowRead: 0.001,
  rowWritten: 1,
  keyRead: 0.5,
  storage: 0.2,
} as const;

/** Objects are billed as if they had this memory. */
const OBJECT_GB = 0.128;
/** Time that objects are at work for one call: an assumption, and a generous one. */
export const OBJECT_SECONDS = 0.2;

const ROWS = new Set(["object rows read", "object rows written"]);
const STORED = "object storage ";

/** Dollars for a million calls, by what they are for. `counts`: operations of one call. */
export function priceOf(counts: Counts, bytesKept: number): Readonly<Record<string, number>> {
  const of = (name: string) => counts[name] ?? 0;
  const objects = Object.entries(counts).filter(([name]) => name.startsWith("object ") && !ROWS.has(name));
  const stored = (...methods: readonly string[]) => methods.reduce((sum, method) => sum + of(STORED + method), 0);
  const requests = objects.reduce((sum, [name, count]) => sum + (name.startsWith(STORED) ? 0 : count), 0);
  const parts = {
    "Worker requests": PRICES.request,
    "object requests": requests * PRICES.objectRequest,
    "object duration": requests === 0 ? 0 : OBJECT_SECONDS * OBJECT_GB * PRICES.gbSecond,
    "rows written": (of("object rows written") + stored("put", "delete", "setAlarm")) * PRICES.rowWritten,
    "rows read": (of("object rows read") + stored("get", "list")) * PRICES.rowRead,
    "KV reads": of("KV get") * PRICES.keyRead,
    "a month of the audit log": (bytesKept / 1000) * PRICES.storage,
  };
  return { ...parts, "all of it": Object.values(parts).reduce((sum, part) => sum + part, 0) };
}
