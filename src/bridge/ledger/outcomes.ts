// Outcomes leave in batches: one call to a user's ledger for all of their runs that ended in this isolate within a moment.
// What a crash swallows in between is settled as `unknown` by the ledger's alarm, as before.

import type { RunLedger, RunOutcome } from "../gate/ledger-port.ts";
import type { Subject } from "../gate/principal.ts";

const MOMENT_MS = 100;
/** A batch that is this old was left behind by the request that should have delivered it: anyone who comes next does. */
const STALE_MS = 2_000;
/** A batch that is full goes on waiting; the next one is begun beside it. */
const MOST = 64;

interface Batch {
  readonly since: number;
  readonly outcomes: RunOutcome[];
}

const waiting = new Map<Subject, Batch>();

/** The ledger, with outcomes that wait for company. The first of a batch delivers it: its promise is to be kept alive. */
export function outcomesInBatches(ledger: RunLedger, subject: Subject, clock: () => number): RunLedger {
  return {
    taint: (client) => ledger.taint(client),
    async recordOutcomes(outcomes) {
      const now = clock();
      const batch = waiting.get(subject);
      const stale = batch !== undefined && now - batch.since > STALE_MS;
      if (batch !== undefined && !stale && batch.outcomes.length < MOST) {
        batch.outcomes.push(...outcomes);
        return;
      }
      const own = { since: now, outcomes: [...(stale ? batch.outcomes.splice(0) : []), ...outcomes] };
      waiting.set(subject, own);
      await scheduler.wait(MOMENT_MS);
      await deliver(ledger, subject, own);
    },
  };
}

/** Delivers all that waits, now: for a place that is about to end, and what it keeps alive with it. */
export async function sendOutcomes(ledgerOf: (subject: Subject) => RunLedger): Promise<void> {
  const batches = [...waiting];
  await Promise.all(batches.map(([subject, batch]) => deliver(ledgerOf(subject), subject, batch)));
}

async function deliver(ledger: RunLedger, subject: Subject, batch: Batch): Promise<void> {
  if (waiting.get(subject) === batch) waiting.delete(subject);
  const outcomes = batch.outcomes.splice(0);
  if (outcomes.length > 0) await ledger.recordOutcomes(outcomes);
}
