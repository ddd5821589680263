// Whether a call costs its ledger the same however long the audit log is: admissions at ledgers of different lengths, in turns, and
// the rows that a call reads and writes.

import * as z from "zod";
import { withLedger } from "./servers.ts";
import { spread } from "./spread.ts";

export interface AuditLog {
  /** Events before the first call. */
  readonly events: number;
  /** Milliseconds of an admission, round by round. */
  readonly ms: readonly number[];
  /** Rows of one call: its admission and its outcome. */
  readonly read: number;
  readonly written: number;
}

export interface AuditLogs {
  readonly auditLogs: readonly AuditLog[];
  /** What the longest audit log takes on disk for each event. */
  readonly bytesPerEvent: number;
  readonly calls: number;
}

const FILLED = z.object({ bytesPerEvent: z.number() });
const CALLED = z.object({ ms: z.number(), read: z.number(), written: z.number() });

export async function measureAuditLogs(
  data: string,
  { quick, rounds, say }: { readonly quick: boolean; readonly rounds: number; readonly say: (words: string) => void },
): Promise<AuditLogs> {
  const lengths = quick ? [0, 1_000] : [0, 10_000, 200_000, 1_000_000];
  const calls = quick ? 20 : 50;
  return withLedger(data, async (origin) => {
    const task = async (events: number, fill: boolean) => {
      const body = JSON.stringify({ user: `user-${events}`, events, calls, fill });
      const answer = await fetch(origin, { method: "POST", body });
      if (!answer.ok) throw new Error(`the ledger of ${events} events: ${await answer.text()}`);
      return answer.json();
    };
    let bytesPerEvent = 0;
    for (const events of lengths) {
      say(`an audit log of ${events} events`);
      ({ bytesPerEvent } = FILLED.parse(await task(events, true)));
    }
    say("admissions");
    // By now some of them have gone to sleep.
    for (const events of lengths) await task(events, false);
    const found = lengths.map((events) => ({ events, turns: [] as z.infer<typeof CALLED>[] }));
    for (let round = 0; round < rounds * 16; round++) {
      for (const { events, turns } of round % 2 === 0 ? found : found.toReversed()) {
        turns.push(CALLED.parse(await task(events, false)));
      }
    }
    const auditLogs = found.map(({ events, turns }) => ({
      events,
      ms: turns.map(({ ms }) => ms),
      // An object that slept in between also reads what came in the last minute; the median leaves that out.
      read: spread(turns.map(({ read }) => read)).median,
      written: spread(turns.map(({ written }) => written)).median,
    }));
    return { auditLogs, bytesPerEvent, calls };
  });
}
