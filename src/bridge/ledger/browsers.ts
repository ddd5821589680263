// The browsers in which this user is signed in to the pages of the bridge. A session that is not on the list is over, whatever
// its cookie says. An id comes from the `state` of one sign-in and opens one session, once. Methods run inside the ledger's
// transaction.

import type { Cause } from "../gate/event.ts";
import type { Chain } from "./chain.ts";

/** How long a browser stays signed in, whatever it does; milliseconds. */
export const BROWSER_MS = 30 * 60_000;
/** Longer than a sign-in may take: until then an id that ended must not open again. */
const FORGET_MS = 2 * BROWSER_MS;

/** The request that came from it. */
export type Browser = Pick<Cause, "request" | "where">;

export class Browsers {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;

  constructor(sql: SqlStorage, chain: Chain) {
    this.#sql = sql;
    this.#chain = chain;
  }

  /** False when this id has opened a session before. */
  open(id: string, { request, where }: Browser, now: number): boolean {
    if (!this.#take(id, now)) return false;
    this.#chain.append(now, { kind: "browser-session", request, step: "opened", where });
    return true;
  }

  /** False when this id was used before. It opens no session. */
  spend(id: string, now: number): boolean {
    if (!this.#take(id, now)) return false;
    this.#sql.exec("UPDATE browser SET ended = ? WHERE id = ?", now, id);
    return true;
  }

  lives(id: string, now: number): boolean {
    const query = "SELECT 1 FROM browser WHERE id = ? AND born > ? AND ended IS NULL";
    return this.#sql.exec(query, id, now - BROWSER_MS).toArray().length > 0;
  }

  /** One session, or all that were opened before now. */
  signOut(id: string | "all", { request, where }: Browser, now: number): void {
    if (this.end(id, now) === 0) return;
    const step = id === "all" ? "all-ended" : "ended";
    this.#chain.append(now, { kind: "browser-session", request, step, where });
  }

  /** How many ended. */
  end(id: string | "all", now: number): number {
    const query =
      "UPDATE browser SET ended = ?3 WHERE ended IS NULL AND born > ?2 AND (id = ?1 OR ?1 = 'all') RETURNING id";
    return this.#sql.exec(query, id, now - BROWSER_MS, now).toArray().length;
  }

  #take(id: string, now: number): boolean {
    this.#sql.exec("DELETE FROM browser WHERE born <= ?", now - FORGET_MS);
    const taken = this.#sql.exec("INSERT OR IGNORE INTO browser (id, born) VALUES (?, ?) RETURNING id", id, now);
    return taken.toArray().length > 0;
  }
}
