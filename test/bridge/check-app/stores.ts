// What an app keeps of its users, in its own D1 databases: whether an erasure empties every table that names a user, and whether a
// rule that says it reads changes a row.

import type { App } from "../../../src/bridge/app/app.ts";
import { appHost } from "../../../src/bridge/app/store.ts";
import { type Env, fill, keptOf, rowsOf, runAs, somebody, tablesOf } from "./tables.ts";

export async function storeFindings(app: App, env: Env): Promise<readonly string[]> {
  const { bindings, data } = app;
  const [one, other] = [somebody(), somebody()];
  const tables = await tablesOf(bindings, env);
  const listed = data.flatMap((store) => store.tables);
  const kept = keptOf(tables);
  const findings = kept
    .filter(({ name }) => !listed.includes(name))
    .map(
      ({ name }) =>
        `the table ${name} has a subject, and no store lists it, so nothing would erase it: name it in a store's tables, and erase it there`,
    );
  for (const name of listed.filter((name) => !tables.some((table) => table.name === name)))
    findings.push(`a store lists the table ${name}, which no migration makes: write one, or take it off the list`);
  const failed = new Map([...(await fill(app, env, kept, one)), ...(await fill(app, env, kept, other))]);
  const left = async (table: (typeof kept)[number], subject: string) =>
    (await rowsOf([table], "WHERE subject = ?1", subject)).flat().length;
  const before = new Map<string, number>();
  for (const table of kept) {
    const full = Math.min(await left(table, one), await left(table, other));
    if (full > 0) before.set(table.name, await left(table, other));
    else
      findings.push(
        `the table ${table.name} takes no made-up row (${failed.get(table.name)}): give a rule that writes it an example that does`,
      );
  }
  for (const store of data) await store.erase(appHost(env), one);
  for (const table of kept.filter(({ name }) => before.has(name))) {
    const { name } = table;
    if ((await left(table, one)) !== 0)
      findings.push(`an erasure leaves rows of its user in the table ${name}: delete them in its store's erase`);
    if ((await left(table, other)) !== before.get(name))
      findings.push(
        `an erasure takes rows of another user out of the table ${name}: delete only those of the subject that it is given`,
      );
  }
  return findings;
}

/** Rules that say they read, and change a row when they run with their example. */
export async function writingReads(app: App, env: Env): Promise<readonly string[]> {
  const subject = somebody();
  const tables = await tablesOf(app.bindings, env);
  await fill(app, env, keptOf(tables), subject);
  const findings: string[] = [];
  for (const [name, rule] of Object.entries(app.policy).filter(([, { effect }]) => effect === "read")) {
    const before = JSON.stringify(await rowsOf(tables));
    // That it fails, because nothing is there, is no finding.
    await runAs(rule, app, env, subject, rule.example).catch(() => undefined);
    if (JSON.stringify(await rowsOf(tables)) !== before)
      findings.push(`${name}: its rule says that it reads, and it changes the database: say effect: "write"`);
  }
  return findings;
}
