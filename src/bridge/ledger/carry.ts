// Until version 0.2 the bridge's own tables were in the app's database, DB. Before anything is decided, their rows come over to CONTROL,
// once and as one transaction: a switch that was left behind would let somebody in. What is in DB stays there, unread from then on.

import * as z from "zod";

/** Rows of one statement. */
const MOST = 500;

const ACT = z.object({ seq: z.int(), at: z.int(), act: z.string(), hash: z.string() });
const SWITCH = z.object({ kind: z.string(), value: z.string() });
const USER = z.object({
  subject: z.string(),
  since: z.int(),
  erased: z.int().nullable(),
  mail: z.string().nullable().default(null),
});

const COPIES = [
  {
    table: "operator_act",
    row: ACT,
    // Taken numbers fail: two chains of acts cannot be joined.
    into: `INSERT INTO operator_act (seq, at, act, hash)
      SELECT value ->> 'seq', value ->> 'at', value ->> 'act', value ->> 'hash' FROM json_each(?1)`,
  },
  {
    table: "switch",
    row: SWITCH,
    into: "INSERT OR IGNORE INTO switch (kind, value) SELECT value ->> 'kind', value ->> 'value' FROM json_each(?1)",
  },
  {
    table: "person",
    row: USER,
    into: `INSERT INTO person (subject, since, erased, mail)
      SELECT value ->> 'subject', value ->> 'since', value ->> 'erased', value ->> 'mail' FROM json_each(?1) WHERE true
      ON CONFLICT (subject) DO UPDATE SET since = min(since, excluded.since)`,
  },
] as const;

/**
 * @param old the database that an older copy kept them in; undefined when there is none of that name
 * @throws when it cannot be done: then nothing is served, and the log says why
 */
export async function carryOver(CONTROL: D1Database, old: D1Database | undefined, now: number): Promise<void> {
  const done = CONTROL.prepare("INSERT INTO carried (one, at) VALUES (1, ?1)").bind(now);
  const tables = old === undefined ? [] : await tablesOf(old);
  const copies: D1PreparedStatement[] = [];
  for (const { table, row, into } of COPIES) {
    if (old === undefined || !tables.includes(table)) continue;
    const { results } = await old.prepare(`SELECT * FROM ${table}`).all();
    const rows = z.array(row).parse(results);
    for (let at = 0; at < rows.length; at += MOST) {
      copies.push(CONTROL.prepare(into).bind(JSON.stringify(rows.slice(at, at + MOST))));
    }
  }
  try {
    await CONTROL.batch([done, ...copies]);
  } catch (error) {
    // Another isolate was faster, and all of it is there.
    if ((await CONTROL.prepare("SELECT at FROM carried").all()).results.length === 0) throw error;
  }
}

async function tablesOf(DB: D1Database): Promise<readonly string[]> {
  const { results } = await DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>();
  return results.map(({ name }) => name);
}
