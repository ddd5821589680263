// What an app keeps of its users, in its own D1 databases: whether an erasure empties every table that names a user, and whether a
// rule that says it reads changes a row. Rows are made from the schema, so it knows no app.

import type { App } from "../../../src/bridge/app/app.ts";
import { appHost } from "../../../src/bridge/app/store.ts";
import { PRINCIPAL } from "../../../src/bridge/gate/principal.ts";

export type Env = Readonly<Record<string, unknown>>;

interface Column {
  readonly name: string;
  readonly type: string;
}
interface Table {
  readonly name: string;
  readonly db: D1Database;
  readonly columns: readonly Column[];
}

/** A user whom nobody knows yet. */
const somebody = () => `dbr1_${crypto.randomUUID().replaceAll("-", "").slice(0, 22)}`;

export async function storeFindings({ bindings, data }: Pick<App, "bindings" | "data">, env: Env) {
  const [one, other] = [somebody(), somebody()];
  const tables = await tablesOf(bindings, env);
  const listed = data.flatMap((store) => store.tables);
  const kept = tables.filter(({ columns }) => columns.some(({ name }) => name === "subject"));
  const findings = kept
    .filter(({ name }) => !listed.includes(name))
    .map(({ name }) => `the table ${name} has a subject, and no store lists it: nothing would erase it`);
  for (const name of listed.filter((name) => !tables.some((table) => table.name === name)))
    findings.push(`a store lists the table ${name}, which no migration makes`);
  const filled: Table[] = [];
  for (const table of kept) {
    try {
      for (const subject of [one, other]) await insert(table, subject);
      filled.push(table);
    } catch (error) {
      findings.push(`the table ${table.name} takes no row that its columns alone describe: ${String(error)}`);
    }
  }
  for (const store of data) await store.erase(appHost(env), one);
  for (const { name, db } of filled) {
    const left = async (subject: string) =>
      db.prepare(`SELECT count(*) AS n FROM "${name}" WHERE subject = ?1`).bind(subject).first<number>("n");
    if ((await left(one)) !== 0) findings.push(`an erasure leaves rows of its user in the table ${name}`);
    if ((await left(other)) !== 1) findings.push(`an erasure takes rows of another user out of the table ${name}`);
  }
  return findings;
}

/** Rules that say they read, and change a row when they run with their example. */
export async function writingReads({ bindings, policy, scopes }: App, env: Env): Promise<readonly string[]> {
  const subject = somebody();
  const tables = await tablesOf(bindings, env);
  for (const table of tables)
    if (table.columns.some(({ name }) => name === "subject")) await insert(table, subject).catch(() => undefined);
  const rows = async () =>
    JSON.stringify(
      await Promise.all(
        tables.map(async ({ db, name }) => (await db.prepare(`SELECT * FROM "${name}"`).all()).results),
      ),
    );
  const held = [...scopes.all];
  const who = { subject, client: "c", grant: "g", step: 0, held, entitled: held, name: "a" };
  const from = { approved: null, tainted: false, mark: () => undefined };
  const findings: string[] = [];
  for (const [name, rule] of Object.entries(policy).filter(([, { effect }]) => effect === "read")) {
    const before = await rows();
    // That it fails, because nothing is there, is no finding.
    await rule
      .run(appHost(env), PRINCIPAL.parse(who), rule.example, from, AbortSignal.timeout(5_000))
      .catch(() => undefined);
    if ((await rows()) !== before) findings.push(`${name}: its rule says that it reads, and it changes the database`);
  }
  return findings;
}

/** The tables of the app's own databases, without indexes of words and what SQLite and D1 keep for themselves. */
async function tablesOf(bindings: App["bindings"], env: Env): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for (const binding of Object.keys(bindings)) {
    const db = env[binding];
    if (!isDatabase(db)) continue;
    const { results } = await db
      .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
      .all<{ readonly name: string; readonly sql: string }>();
    const virtual = results.filter(({ sql }) => /^CREATE VIRTUAL/i.test(sql)).map(({ name }) => name);
    for (const { name } of results) {
      if (/^(_cf_|d1_)/.test(name) || virtual.some((one) => name === one || name.startsWith(`${one}_`))) continue;
      const columns = (await db.prepare(`PRAGMA table_info("${name}")`).all<Column>()).results;
      tables.push({ name, db, columns });
    }
  }
  return tables;
}

function isDatabase(value: unknown): value is D1Database {
  return typeof value === "object" && value !== null && "prepare" in value && "batch" in value;
}

let made = 0;

async function insert({ name, db, columns }: Table, subject: string): Promise<void> {
  const values = columns.map((column) => (column.name === "subject" ? subject : fillerFor(column)));
  const names = columns.map((column) => `"${column.name}"`).join(", ");
  const places = columns.map((_, index) => `?${index + 1}`).join(", ");
  await db
    .prepare(`INSERT INTO "${name}" (${names}) VALUES (${places})`)
    .bind(...values)
    .run();
}

function fillerFor({ type }: Column): string | number | Uint8Array {
  made++;
  if (/INT|REAL|FLOA|DOUB|NUM/i.test(type)) return made;
  return /BLOB/i.test(type) ? new Uint8Array([made]) : crypto.randomUUID();
}
