// A copy of the bridge from before CONTROL kept its tables in DB: their rows come over before anything is decided, once.

import { expect, test } from "vitest";
import { SwitchBoard } from "../../../src/bridge/ledger/switch-board.ts";
import { takeErrors } from "../support/log.ts";
import { bindings } from "../support/worker.ts";

const { CONTROL, DB } = bindings;
const SUBJECT = `dbr1_${"a".repeat(22)}`;

async function older(acts: number): Promise<void> {
  for (const table of ["switch", "operator_act", "person"]) await DB.exec(`DROP TABLE IF EXISTS ${table}`);
  await DB.exec("CREATE TABLE switch (kind TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, value))");
  await DB.exec("CREATE TABLE operator_act (seq INTEGER PRIMARY KEY, at INTEGER, act TEXT, hash TEXT)");
  await DB.exec("CREATE TABLE person (subject TEXT PRIMARY KEY, since INTEGER NOT NULL, erased INTEGER)");
  await DB.exec("INSERT INTO switch VALUES ('mode', 'off')");
  await DB.exec(`INSERT INTO person VALUES ('${SUBJECT}', 7, NULL)`);
  for (let seq = 1; seq <= acts; seq++) await DB.exec(`INSERT INTO operator_act VALUES (${seq}, 1, 'a', 'h${seq}')`);
}

async function fresh(): Promise<void> {
  for (const table of ["switch", "operator_act", "person", "carried"]) await CONTROL.exec(`DELETE FROM ${table}`);
}

/** As a new isolate finds it: a read that is in flight is shared by database object. */
const isolate = () => ({ CONTROL: new Proxy(CONTROL, { get: (on, key) => Reflect.get(on, key).bind(on) }), DB });
const rows = async (sql: string) => (await CONTROL.prepare(sql).all()).results;

test("what an operator switched off in an older copy is off from the first decision on, and its rows come over once", async () => {
  await older(1200);
  await fresh();
  const [one, two] = await Promise.all([
    new SwitchBoard(isolate()).current(Date.now()),
    new SwitchBoard(isolate()).current(Date.now()),
  ]);
  expect([one, two]).toEqual([[{ kind: "mode", value: "off" }], [{ kind: "mode", value: "off" }]]);
  expect(await rows("SELECT count(*) AS n, max(seq) AS last, max(hash) AS hash FROM operator_act")).toEqual([
    { n: 1200, last: 1200, hash: "h999" },
  ]);
  expect(await rows("SELECT * FROM person")).toEqual([{ subject: SUBJECT, since: 7, erased: null, mail: null }]);
  // What is opened afterwards stays open, whatever the old table says.
  await CONTROL.exec("DELETE FROM switch");
  expect(await new SwitchBoard(isolate()).current(Date.now())).toEqual([]);
});

test("a new copy, or one without that database, has nothing to carry", async () => {
  for (const table of ["switch", "operator_act", "person"]) await DB.exec(`DROP TABLE IF EXISTS ${table}`);
  await fresh();
  expect(await new SwitchBoard(isolate()).current(Date.now())).toEqual([]);
  await fresh();
  expect(await new SwitchBoard({ CONTROL: isolate().CONTROL }).current(Date.now())).toEqual([]);
  expect(await rows("SELECT one FROM carried")).toEqual([{ one: 1 }]);
});

test("where two chains of acts would have to be joined nothing is carried, and so nothing is served, until somebody has looked", async () => {
  await older(2);
  await fresh();
  await CONTROL.exec("INSERT INTO operator_act VALUES (1, 1, 'another', 'h')");
  expect(await new SwitchBoard(isolate()).current(Date.now())).toBeUndefined();
  expect(takeErrors()).toHaveLength(1);
  expect(await rows("SELECT one FROM carried")).toEqual([]);
  expect(await rows("SELECT act FROM operator_act")).toEqual([{ act: "another" }]);
  for (const table of ["switch", "operator_act", "person"]) await DB.exec(`DROP TABLE ${table}`);
  await fresh();
});
