// The tables of an app's own D1 databases, rows made up from their schema, and an app's rules run as a user of the test's own: what
// the other files of this folder look at. It knows no app.

import type { App } from "../../../src/bridge/app/app.ts";
import { appHost } from "../../../src/bridge/app/store.ts";
import { PRINCIPAL } from "../../../src/bridge/gate/principal.ts";

export type Env = Readonly<Record<string, unknown>>;

interface Column {
  readonly name: string;
  readonly type: string;
}
export interface Table {
  readonly name: string;
  readonly db: D1Database;
  readonly columns: readonly Column[];
}
export type Rule = App["policy"][string];

/** A user whom nobody knows yet. */
export const somebody = () => `dbr1_${crypto.randomUUID().replaceAll("-", "").slice(0, 22)}`;

/** Those with rows of users. */
export const keptOf = (tables: readonly Table[]) =>
  tables.filter(({ columns }) => columns.some(({ name }) => name === "subject"));

/** Without indexes of words and what SQLite and D1 keep for themselves. */
export async function tablesOf(bindings: App["bindings"], env: Env): Promise<readonly Table[]> {
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

/** Every row, in the order in which they were made. */
export async function rowsOf(tables: readonly Table[], where = "", ...bound: readonly string[]) {
  return Promise.all(
    tables.map(
      async ({ db, name }) =>
        (
          await db
            .prepare(`SELECT * FROM "${name}" ${where}`)
            .bind(...bound)
            .all()
        ).results,
    ),
  );
}

/** What a rule does for a user, as if everything had been approved in the version `approved`. */
export function runAs(
  rule: Rule,
  app: Pick<App, "scopes">,
  env: Env,
  subject: string,
  args: unknown,
  approved: string | null = null,
) {
  const from = { approved, tainted: false, mark: () => undefined };
  return rule.run(appHost(env), principalOf(app, subject), args, from, AbortSignal.timeout(5_000));
}

export function principalOf({ scopes }: Pick<App, "scopes">, subject: string) {
  const held = [...scopes.all];
  return PRINCIPAL.parse({ subject, client: "c", grant: "g", step: 0, held, entitled: held, name: "a" });
}

/** Gives a user what the examples of rules that write make of it, and a made-up row in each table. @returns why a table took none. */
export async function fill(
  app: App,
  env: Env,
  kept: readonly Table[],
  subject: string,
): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  for (const rule of Object.values(app.policy).filter(({ effect }) => effect === "write"))
    await runAs(rule, app, env, subject, rule.example).catch(() => undefined);
  for (const table of kept)
    await insert(table, subject).catch((error: unknown) => failed.set(table.name, String(error)));
  return failed;
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
