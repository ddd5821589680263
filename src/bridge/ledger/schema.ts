// The tables of one subject's ledger (SQLite in a Durable Object), as numbered upgrades: the ledger keeps the number of the last one.
// Rows of `event` are never changed; they go when they are past retention, and then `anchor` holds the head that the rest follows.

import { logFailure } from "../log.ts";

/** In order. A line is never edited once it is released: a change is a further line, which only adds tables, indexes and columns. */
const UPGRADES = [
  // 1: the tables of November 2026. Ledgers of then have no number, and some or all of these.
  `CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tally (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, open TEXT NOT NULL, spent TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS grant_ (id TEXT PRIMARY KEY, client TEXT NOT NULL, opened INTEGER NOT NULL, expires INTEGER NOT NULL, ended INTEGER);
CREATE TABLE IF NOT EXISTS family (grant_ TEXT PRIMARY KEY, code TEXT NOT NULL, step INTEGER NOT NULL, used INTEGER NOT NULL,
  current TEXT NOT NULL, previous TEXT, rotated INTEGER NOT NULL, asked TEXT, answer TEXT);
CREATE TABLE IF NOT EXISTS old_token (grant_ TEXT NOT NULL, token TEXT NOT NULL, PRIMARY KEY (grant_, token)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS country (grant_ TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (grant_, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, client TEXT NOT NULL, opened INTEGER NOT NULL, seen INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS link_session (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS closing (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS browser (id TEXT PRIMARY KEY, born INTEGER NOT NULL, ended INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS usage (grant_ TEXT PRIMARY KEY, scopes TEXT, calls INTEGER NOT NULL DEFAULT 0, seen INTEGER, place TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS noticed (grant_ TEXT NOT NULL, what TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (grant_, what)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counted (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS taint (client TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS approval (id TEXT PRIMARY KEY, client TEXT NOT NULL, grant_ TEXT NOT NULL, tool TEXT NOT NULL, effect TEXT NOT NULL,
  digest TEXT NOT NULL, args TEXT, asked INTEGER NOT NULL, expires INTEGER NOT NULL, decided INTEGER, state TEXT NOT NULL, tainted INTEGER NOT NULL,
  where_ TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS approved (id TEXT PRIMARY KEY, version TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS approval_asked ON approval (asked);
CREATE TABLE IF NOT EXISTS flood (key TEXT PRIMARY KEY, since INTEGER NOT NULL, count INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS anchor (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL, head TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS segment (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, head TEXT NOT NULL, newest INTEGER NOT NULL,
  shipped INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS shipped (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS erasing (since INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value BLOB NOT NULL);
`,
  // 2: a no is for the client, not for the grant.
  `CREATE INDEX IF NOT EXISTS approval_of_client ON approval (client, tool, digest);
DROP INDEX IF EXISTS approval_call;`,
  // 3: work of the alarm that failed.
  "CREATE TABLE delay (chore TEXT PRIMARY KEY, failures INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID",
  // 4: notices that are to be sent.
  "CREATE TABLE outbox (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",
  // 5: up to which number entries left and are in no archive.
  "ALTER TABLE anchor ADD COLUMN lost INTEGER NOT NULL DEFAULT 0",
];

/** The oldest code that may open what this code wrote. Raise it with an upgrade that older code would misread. */
const OLDEST = 1;

/** After a deploy was rolled back. Its requests are answered as those of a ledger that cannot be reached. */
class LedgerTooNew extends Error {
  override readonly name = "LedgerTooNew";
}

/**
 * Brings the tables up to date, all at once or not at all. Newer ones stay as they are.
 * @throws LedgerTooNew when this code would misread them
 */
export function upgrade(storage: DurableObjectStorage, upgrades: readonly string[] = UPGRADES, oldest = OLDEST): void {
  const { sql } = storage;
  storage.transactionSync(() => {
    sql.exec(
      "CREATE TABLE IF NOT EXISTS version (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, oldest INTEGER NOT NULL)",
    );
    const row = sql.exec<{ number: number; oldest: number }>("SELECT number, oldest FROM version").toArray()[0];
    const { number: from, oldest: needed } = row ?? { number: 0, oldest: 0 };
    if (needed > upgrades.length) {
      const error = new LedgerTooNew(`this ledger needs version ${needed} of its code, and this is ${upgrades.length}`);
      logFailure("", error);
      throw error;
    }
    if (from >= upgrades.length) return;
    for (const each of upgrades.slice(from)) sql.exec(each);
    sql.exec("INSERT OR REPLACE INTO version (id, number, oldest) VALUES (1, ?, ?)", upgrades.length, oldest);
  });
}
