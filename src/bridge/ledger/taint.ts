// Which clients of this person were handed untrusted text a short while ago. Kept by client, not by grant: a client that
// steps up has a new grant and the same memory. Methods run inside the ledger's transaction.

import type { ClientId } from "../gate/principal.ts";
import { TAINT_MS } from "../gate/provenance.ts";

export class Taint {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  set(client: ClientId, now: number): void {
    this.#sql.exec(
      "INSERT INTO taint (client, until) VALUES (?1, ?2) ON CONFLICT (client) DO UPDATE SET until = max(until, ?2)",
      client,
      now + TAINT_MS,
    );
  }

  has(client: ClientId, now: number): boolean {
    return this.#sql.exec("SELECT 1 FROM taint WHERE client = ? AND until > ?", client, now).toArray().length > 0;
  }
}
