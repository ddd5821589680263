// Whether this user is being erased. From the first step to the last nothing of theirs is admitted, whatever dies in
// between: an erasure that stopped halfway leaves them frozen until it is run again. Methods run inside the ledger's
// transaction.

import type { Chain } from "./chain.ts";

/** What a ledger keeps of a user beside the audit log. Their grants stay, as ended ones. */
const KEPT = ["family", "old_token", "country", "taint"];

export class Erasure {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  /** Undefined when it has to be looked up. */
  #begun: boolean | undefined;

  constructor(sql: SqlStorage, chain: Chain) {
    this.#sql = sql;
    this.#chain = chain;
  }

  begun(): boolean {
    this.#begun ??= this.#sql.exec("SELECT 1 FROM erasing").toArray().length > 0;
    return this.#begun;
  }

  begin(now: number): void {
    if (this.begun()) return;
    this.#begun = undefined;
    this.#sql.exec("INSERT INTO erasing (since) VALUES (?)", now);
  }

  /** The last step: no digest so far can be matched again. */
  finish(now: number): void {
    this.#begun = undefined;
    for (const table of KEPT) this.#sql.exec(`DELETE FROM ${table}`);
    this.#sql.exec("DELETE FROM erasing");
    this.#chain.append(now, { kind: "erased" });
    this.#chain.destroyKey();
  }
}
