// Admissions that have no settlement yet. Each gets exactly one: from the run, or from the alarm when a crash swallowed it.
// Methods run inside the ledger's transaction.

import type { Settlement } from "../authz/gate.ts";
import type { Chain } from "./chain.ts";

/** Longer than any run may take. */
const ORPHAN_MS = 30_000;

export class Pending {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  /** Of the oldest one; undefined when it has to be looked up, Infinity when there is none. */
  #oldest: number | undefined;

  constructor(sql: SqlStorage, chain: Chain) {
    this.#sql = sql;
    this.#chain = chain;
  }

  add(seq: number, now: number): void {
    this.#sql.exec("INSERT INTO pending (seq, at) VALUES (?, ?)", seq, now);
    this.#oldest = Math.min(this.#oldest ?? now, now);
  }

  settle({ of, outcome, ms, size, digest }: Settlement, now: number): void {
    if (this.#sql.exec("DELETE FROM pending WHERE seq = ? RETURNING seq", of).toArray().length === 0) return;
    const result = digest === null ? null : this.#chain.keyed(digest);
    this.#chain.append(now, { kind: "settlement", of, outcome, ms, size, result });
  }

  settleOrphans(now: number): void {
    const orphans = this.#sql
      .exec<{ seq: number; at: number }>("DELETE FROM pending WHERE at <= ? RETURNING seq, at", now - ORPHAN_MS)
      .toArray();
    for (const { seq: of, at } of orphans) {
      const ms = now - at;
      this.#chain.append(now, { kind: "settlement", of, outcome: "unknown", ms, size: 0, result: null });
    }
    this.#oldest = undefined;
  }

  /** Whether a run may still be under way. */
  any(): boolean {
    return this.#sql.exec("SELECT 1 FROM pending LIMIT 1").toArray().length > 0;
  }

  /** When the oldest one becomes an orphan; Infinity when there is none. Too early is fine: the alarm looks again. */
  due(): number {
    this.#oldest ??=
      this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM pending").one().at ?? Number.POSITIVE_INFINITY;
    return this.#oldest + ORPHAN_MS;
  }
}
