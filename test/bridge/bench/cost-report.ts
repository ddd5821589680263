// What a call costs its ledger, whatever the length of the audit log, and what a million calls cost in dollars: two sections of
// docs/performance.md.

import type { AuditLogs } from "./audit-log.ts";
import type { Results } from "./measure.ts";
import { OBJECT_SECONDS, priceOf } from "./price.ts";
import { spread } from "./spread.ts";
import { range, table } from "./table.ts";

const MOST = 1.15;

export function auditLogReport({ auditLogs, bytesPerEvent, calls }: AuditLogs): string {
  const [empty] = auditLogs;
  if (empty === undefined) throw new Error("no audit log was measured");
  const rows = auditLogs.map(({ events, ms, read, written }) => {
    const ratio = spread(ms.map((one, round) => one / (empty.ms[round] ?? Number.NaN)));
    const verdict = ratio.median <= MOST ? "met" : "**missed**";
    return [
      events.toLocaleString("en"),
      range(ratio),
      `≤ ${MOST}: ${verdict}`,
      written.toFixed(2),
      read.toFixed(2),
      range(spread(ms)),
    ];
  });
  return `## Length of the audit log

Admissions at ledgers of different lengths, ${calls} in a row and in turns over ${empty.ms.length} rounds. Rows are those of one call, its admission and its
outcome, as the runtime counts them; \`test/bridge/ledger/cost.test.ts\` holds them to be the same. An object that
slept first reads back the last minute. An event takes **${bytesPerEvent.toFixed(0)} bytes** on
disk, and a call is two events.

${table(["events before", "time ÷ that of an empty audit log", "", "rows written", "rows read", "ms on this computer"], rows)}`;
}

/** Of `whoami`: what a tool itself reads and writes comes on top. */
export function priceReport({ storage, auditLogs }: Pick<Results, "storage" | "auditLogs">): string {
  const transports = storage.filter(({ name }) => name.endsWith(", whoami"));
  const prices = transports.map(({ each }) => {
    const ours = "object admit" in each;
    // Far apart, each outcome is a request of its own.
    return priceOf(ours ? { ...each, "object settle": 1 } : each, ours ? 2 * auditLogs.bytesPerEvent : 0);
  });
  const names = Object.keys(prices[0] ?? {});
  const rows = names.map((name) => [name, ...prices.map((price) => `$${(price[name] ?? 0).toFixed(2)}`)]);
  return `## Price of a million calls

From the operations counted above and the list prices of Workers Paid in \`test/bridge/bench/price.ts\`, which are to be checked against
Cloudflare's pages; free allowances, CPU time beyond them and the plan itself are left out. Of \`whoami\`: what a tool reads and writes by
itself comes on top. Calls are taken to be so far apart that every outcome is a request of its own; in a row they share one. Duration
assumes that objects are at work for ${OBJECT_SECONDS * 1000} ms a call. Objects are billed by the call, so an idle bridge costs nothing.

${table(["", ...transports.map(({ name }) => name.split(",")[0] ?? "")], rows)}`;
}
