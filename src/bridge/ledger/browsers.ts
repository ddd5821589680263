// The browsers in which this person is signed in to the pages of the bridge. A session that is not on the list is over, whatever
// its cookie says. An id comes from the `state` of one sign-in and opens one session, once. Methods run inside the ledger's
// transaction.

/** How long a browser stays signed in, whatever it does; milliseconds. */
export const BROWSER_MS = 30 * 60_000;
/** Longer than a sign-in may take: until then an id that ended must not open again. */
const FORGET_MS = 2 * BROWSER_MS;

export class Browsers {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** False when this id has opened a session before. */
  open(id: string, now: number): boolean {
    this.#sql.exec("DELETE FROM browser WHERE born <= ?", now - FORGET_MS);
    const opened = this.#sql.exec("INSERT OR IGNORE INTO browser (id, born) VALUES (?, ?) RETURNING id", id, now);
    return opened.toArray().length > 0;
  }

  /** False when this id was used before. It opens no session. */
  spend(id: string, now: number): boolean {
    if (!this.open(id, now)) return false;
    this.#sql.exec("UPDATE browser SET ended = ? WHERE id = ?", now, id);
    return true;
  }

  lives(id: string, now: number): boolean {
    const query = "SELECT 1 FROM browser WHERE id = ? AND born > ? AND ended IS NULL";
    return this.#sql.exec(query, id, now - BROWSER_MS).toArray().length > 0;
  }

  /** How many ended. */
  end(id: string | "all", now: number): number {
    const query =
      "UPDATE browser SET ended = ?3 WHERE ended IS NULL AND born > ?2 AND (id = ?1 OR ?1 = 'all') RETURNING id";
    return this.#sql.exec(query, id, now - BROWSER_MS, now).toArray().length;
  }
}
