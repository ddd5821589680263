// Whose ledgers there are: Durable Objects cannot be listed, and an audit log that nobody can find cannot be audited. A row holds
// no name and no mail in clear, and stays when a user is erased, because their chain stays too. Part of the operator's endpoint.

import type { Subject } from "../gate/principal.ts";
import { createSubject } from "../seal.ts";
import type { Settings } from "../settings.ts";

export interface ListedUser {
  readonly subject: Subject;
  /** When their first grant was opened; milliseconds since 1970. */
  readonly since: number;
  /** When they were last erased. */
  readonly erased: number | null;
}

/**
 * Before a user's first event is written, so that no ledger has events and no row.
 * `mail` is undefined where no list asks for mails.
 */
export async function enlistUser(
  DB: D1Database,
  { subject, mail }: { readonly subject: Subject; readonly mail: string | undefined },
  { subjectKey }: Pick<Settings, "subjectKey">,
  now: number,
): Promise<void> {
  const key = mail === undefined ? null : await mailKey(subjectKey, mail);
  await DB.prepare(
    `INSERT INTO person (subject, since, mail) VALUES (?1, ?2, ?3)
     ON CONFLICT (subject) DO UPDATE SET mail = ?3 WHERE ?3 IS NOT NULL AND mail IS NOT ?3`,
  )
    .bind(subject, now, key)
    .run();
}

/** What is kept of a verified mail: a keyed hash, so that an operator who knows the address finds its user and nobody reads it. */
export async function mailKey(subjectKey: string, mail: string): Promise<string> {
  return createSubject(subjectKey, "urn:drawbridge:mail", mail);
}

export async function findUser(DB: D1Database, subject: string): Promise<readonly ListedUser[]> {
  return (await DB.prepare(`${SELECT} WHERE subject = ?1`).bind(subject).all<ListedUser>()).results;
}

/** One mail can be that of several users: at two providers, for one. */
export async function findByMail(DB: D1Database, mail: string): Promise<readonly ListedUser[]> {
  return (await DB.prepare(`${SELECT} WHERE mail = ?1 ORDER BY subject LIMIT 10`).bind(mail).all<ListedUser>()).results;
}

const SELECT = "SELECT subject, since, erased FROM person";

/** Up to 1,000, in the order of their ids. */
export async function listPeople(DB: D1Database, after: string): Promise<readonly ListedUser[]> {
  const { results } = await DB.prepare(`${SELECT} WHERE subject > ?1 ORDER BY subject LIMIT 1000`)
    .bind(after)
    .all<ListedUser>();
  return results;
}

export async function markErased(DB: D1Database, subject: Subject, now: number): Promise<void> {
  await DB.prepare("UPDATE person SET erased = ?2, mail = NULL WHERE subject = ?1").bind(subject, now).run();
}
