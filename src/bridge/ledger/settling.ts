// Settlements leave in batches: one call to a person's ledger for all of their runs that ended in this isolate within a moment.
// What a crash swallows in between is settled as `unknown` by the ledger's alarm (invariant 3), as before.

import type { RunLedger, Settlement } from "../gate/ledger-port.ts";
import type { Subject } from "../gate/principal.ts";

const MOMENT_MS = 100;
/** A batch that is this old was left behind by the request that should have delivered it: whoever comes next does. */
const STALE_MS = 2_000;
/** A batch that is full goes on waiting; the next one is begun beside it. */
const MOST = 64;

interface Batch {
  readonly since: number;
  readonly settlements: Settlement[];
}

const waiting = new Map<Subject, Batch>();

/** The ledger, with settlements that wait for company. The first of a batch delivers it: its promise is to be kept alive. */
export function settleInBatches(ledger: RunLedger, subject: Subject, clock: () => number): RunLedger {
  return {
    taint: (client) => ledger.taint(client),
    async settle(settlements) {
      const now = clock();
      const batch = waiting.get(subject);
      const stale = batch !== undefined && now - batch.since > STALE_MS;
      if (batch !== undefined && !stale && batch.settlements.length < MOST) {
        batch.settlements.push(...settlements);
        return;
      }
      const own = { since: now, settlements: [...(stale ? batch.settlements.splice(0) : []), ...settlements] };
      waiting.set(subject, own);
      await scheduler.wait(MOMENT_MS);
      await deliver(ledger, subject, own);
    },
  };
}

/** Delivers all that waits, now: for a place that is about to end, and what it keeps alive with it. */
export async function settleAtOnce(ledgerOf: (subject: Subject) => RunLedger): Promise<void> {
  const batches = [...waiting];
  await Promise.all(batches.map(([subject, batch]) => deliver(ledgerOf(subject), subject, batch)));
}

async function deliver(ledger: RunLedger, subject: Subject, batch: Batch): Promise<void> {
  if (waiting.get(subject) === batch) waiting.delete(subject);
  const settlements = batch.settlements.splice(0);
  if (settlements.length > 0) await ledger.settle(settlements);
}
