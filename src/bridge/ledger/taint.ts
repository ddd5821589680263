// Whether untrusted text was handed to a client of this user a short while ago. It holds for all of their clients: an app that
// registers anew has another id and the same memory, and one agent may hold several connections, so that what it read through
// one it can act on through another. The row says which client it was. Methods run inside the ledger's transaction.

import type { ClientId } from "../gate/principal.ts";
import { TAINT_MS } from "../gate/provenance.ts";
import type { TaintOf } from "./approvals.ts";

export class Taint {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  set(client: ClientId, now: number): void {
    this.#sql.exec("DELETE FROM taint WHERE until <= ?", now);
    this.#sql.exec(
      "INSERT INTO taint (client, until) VALUES (?1, ?2) ON CONFLICT (client) DO UPDATE SET until = max(until, ?2)",
      client,
      now + TAINT_MS,
    );
  }

  of(client: ClientId, now: number): TaintOf {
    const rows = this.#sql.exec<{ client: ClientId }>("SELECT client FROM taint WHERE until > ?", now).toArray();
    if (rows.length === 0) return "none";
    return rows.some((row) => row.client === client) ? "own" : "other";
  }
}
