// Denials in the audit log: the first of a kind is an event at once, its repetitions within a minute are one more event with a
// count, so that a flood cannot fill the audit log. Methods run inside the ledger's transaction.

import type { DenialReason } from "../gate/denial.ts";
import type { Cause, Event } from "../gate/event.ts";
import type { DenialRecord } from "../gate/ledger-port.ts";
import type { ClientId } from "../gate/principal.ts";
import type { Chain } from "./chain.ts";

const FLOOD_MS = 60_000;
const AGAIN_MS = 120_000;

export class Denials {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  /** The last one of each client, so that none learns of another's. */
  readonly #last = new Map<ClientId, Pick<DenialRecord, "grant" | "step" | "tool"> & { readonly at: number }>();
  /** Undefined when it has to be looked up. */
  #due: number | undefined;

  constructor(sql: SqlStorage, chain: Chain) {
    this.#sql = sql;
    this.#chain = chain;
  }

  add(cause: Cause, tool: string, reason: DenialReason, now: number): void {
    const key = `${cause.grant} ${tool} ${reason}`;
    const since = this.#sql.exec<{ since: number }>("SELECT since FROM flood WHERE key = ?", key).toArray()[0]?.since;
    if (since !== undefined && since > now - FLOOD_MS) {
      this.#sql.exec("UPDATE flood SET count = count + 1 WHERE key = ?", key);
      return;
    }
    this.#flush(key, now);
    this.#due = undefined;
    const event: Event = { kind: "denial", tool, reason, count: 1, ...cause };
    this.#chain.append(now, event);
    this.#sql.exec("INSERT INTO flood (key, since, count, body) VALUES (?, ?, 0, ?)", key, now, JSON.stringify(event));
  }

  /** Whether this very denial came a moment ago to a token that the client has renewed since: it asked, and got no more. */
  again({ client, grant, step, tool }: DenialRecord, now: number): boolean {
    for (const [key, { at }] of this.#last) if (now - at > AGAIN_MS) this.#last.delete(key);
    const last = this.#last.get(client);
    this.#last.set(client, { grant, step, tool, at: now });
    if (last === undefined || last.tool !== tool) return false;
    return last.grant !== grant || last.step !== step;
  }

  /** Writes down the counts whose minute is over. */
  flush(now: number): void {
    this.#due = undefined;
    const over = this.#sql.exec<{ key: string }>("SELECT key FROM flood WHERE since <= ?", now - FLOOD_MS).toArray();
    for (const { key } of over) this.#flush(key, now);
  }

  /** When the next count is due; Infinity when there is none. */
  due(): number {
    this.#due ??= this.#readDue();
    return this.#due;
  }

  #readDue(): number {
    const { at } = this.#sql.exec<{ at: number | null }>("SELECT min(since) + ? AS at FROM flood", FLOOD_MS).one();
    return at ?? Number.POSITIVE_INFINITY;
  }

  #flush(key: string, now: number): void {
    const row = this.#sql
      .exec<{ count: number; body: string }>("DELETE FROM flood WHERE key = ? RETURNING count, body", key)
      .toArray()[0];
    if (row !== undefined && row.count > 0) this.#chain.append(now, { ...JSON.parse(row.body), count: row.count });
  }
}
