// Whose ledgers there are: Durable Objects cannot be listed, and a trail that nobody can find cannot be audited. A row holds
// no name, and stays when a person is erased, because their chain stays too. Part of the operator's endpoint.

import type { Subject } from "../gate/principal.ts";

export interface ListedPerson {
  readonly subject: Subject;
  /** When their first grant was opened; milliseconds since 1970. */
  readonly since: number;
  /** When they were last erased. */
  readonly erased: number | null;
}

/** Before a person's first event is written, so that no ledger has events and no row. */
export async function enlistPerson(DB: D1Database, subject: Subject, now: number): Promise<void> {
  await DB.prepare("INSERT OR IGNORE INTO person (subject, since) VALUES (?1, ?2)").bind(subject, now).run();
}

/** Up to 1,000, in the order of their ids. */
export async function listPeople(DB: D1Database, after: string): Promise<readonly ListedPerson[]> {
  const { results } = await DB.prepare(
    "SELECT subject, since, erased FROM person WHERE subject > ?1 ORDER BY subject LIMIT 1000",
  )
    .bind(after)
    .all<ListedPerson>();
  return results;
}

export async function markErased(DB: D1Database, subject: Subject, now: number): Promise<void> {
  await DB.prepare("UPDATE person SET erased = ?2 WHERE subject = ?1").bind(subject, now).run();
}
