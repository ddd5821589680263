// Admissions that have no outcome yet. Each gets exactly one: from the run, or from the alarm when a crash swallowed it.
// Methods run inside the ledger's transaction.

import type { RunOutcome } from "../gate/ledger-port.ts";
import type { Chain } from "./chain.ts";
import type { Tally } from "./tally.ts";

/** Longer than any run may take from its admission on: the life of a ticket and the deadline. Erasing a user relies on it. */
export const ORPHAN_MS = 30_000;

export class Pending {
  readonly #chain: Chain;
  readonly #tally: Tally;

  constructor(chain: Chain, tally: Tally) {
    this.#chain = chain;
    this.#tally = tally;
  }

  close(outcomes: readonly RunOutcome[], now: number): void {
    for (const { of, outcome, ms, size, digest } of outcomes) {
      if (!this.#tally.closed(of)) continue;
      const result = digest === null ? null : this.#chain.keyed(digest);
      this.#chain.append(now, { kind: "settlement", of, outcome, ms, size, result });
    }
  }

  closeOrphans(now: number): void {
    for (const [of, at] of [...this.#tally.open()]) {
      if (at > now - ORPHAN_MS) continue;
      this.#tally.closed(of);
      const ms = now - at;
      this.#chain.append(now, { kind: "settlement", of, outcome: "unknown", ms, size: 0, result: null });
    }
    this.#tally.write();
  }

  /** Whether a run may still be under way. */
  any(): boolean {
    return this.#tally.open().size > 0;
  }

  /** When the oldest one becomes an orphan; Infinity when there is none. Too early is fine: the alarm looks again. */
  due(): number {
    const [oldest] = this.#tally.open().values();
    return (oldest ?? Number.POSITIVE_INFINITY) + ORPHAN_MS;
  }
}
