// What older code wrote is read for ever: today's code opens a ledger as it was stored, upgrades it in one transaction, and goes on.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { ClientId, GrantId } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { upgrade } from "../../../src/bridge/ledger/schema.ts";
import { ARCHIVE, exported, findings, segments } from "../support/archived.ts";
import { takeErrors } from "../support/log.ts";
import { bindings } from "../support/worker.ts";
import { erasure } from "./asking.ts";
import { admission, HOUR, openLedger, outcome } from "./ledgers.ts";
import november from "./stored/2026-11-24.json";

type Stored = typeof november;
type Stub = ReturnType<typeof bindings.LEDGER.getByName>;

const ONE = { client: "client-1" as ClientId, grant: "grant-1" as GrantId, step: 2 };

/** Puts a stored ledger in the place of a fresh one, and wakes it. */
async function reopen({ subject, at, ddl, rows, segments: texts }: Stored) {
  for (const { name, text } of texts) await ARCHIVE.put(`${subject}/${name}`, text);
  const stub = bindings.LEDGER.getByName(subject);
  await stub.reach();
  await evictDurableObject(stub);
  await runInDurableObject(stub, async (_, { storage }) => {
    const { sql } = storage;
    const tables = sql.exec(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
    );
    for (const { name } of tables.toArray()) sql.exec(`DROP TABLE ${name}`);
    for (const statement of ddl) sql.exec(statement);
    for (const [table, all] of Object.entries(rows)) {
      for (const row of all) {
        const marks = Object.keys(row).map(() => "?");
        sql.exec(`INSERT INTO ${table} (${Object.keys(row)}) VALUES (${marks})`, ...Object.values(row).map(bytesOf));
      }
    }
    // As the older code had set one; the test rings it.
    await storage.setAlarm(Date.now() + HOUR);
  });
  let now = at;
  const wake = async (ms = 0) => {
    now += ms;
    await evictDurableObject(stub);
    await runInDurableObject(stub, (ledger: Ledger) => {
      ledger.clock = () => now;
    });
  };
  await wake();
  return { stub, wake, now: () => now };
}

function bytesOf(value: unknown): SqlStorageValue {
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  const { base64 } = value as { readonly base64: string };
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer;
}

const names = (stub: Stub, type: string) =>
  runInDurableObject(stub, (_, { storage: { sql } }) =>
    sql
      .exec(
        "SELECT name FROM sqlite_master WHERE type = ? AND sql IS NOT NULL AND name <> '_cf_METADATA' ORDER BY name",
        type,
      )
      .toArray(),
  ).then((rows) => rows.map(({ name }) => String(name)));
const version = (stub: Stub) =>
  runInDurableObject(stub, (_, { storage: { sql } }) => sql.exec("SELECT number, oldest FROM version").one());

test("a ledger of 2026-11-24 opens, is upgraded to what a fresh one has, keeps every entry and verifies with its archive", async () => {
  const { stub } = await reopen(november);
  const fresh = (await openLedger()).stub;
  expect(await names(stub, "table")).toEqual(await names(fresh, "table"));
  expect(await names(stub, "index")).toEqual(await names(fresh, "index"));
  expect(await version(stub)).toEqual(await version(fresh));
  const entries = november.rows.event.map(({ seq, at, hash, body }) => ({ seq, at, event: JSON.parse(body), hash }));
  expect(await stub.events()).toEqual(entries);
  const texts = november.segments.map(({ text }) => text);
  expect(await findings([...texts, await exported(stub)])).toEqual([]);
});

test("what a ledger of 2026-11-24 knew holds: grants, their ends, sessions, taint, what was decided, what was still running", async () => {
  const { stub, now } = await reopen(november);
  const { alive, stolen } = await stub.connections();
  expect(alive.map(({ grant, calls, notices }) => [grant, calls, notices.toSorted()])).toEqual([
    ["grant-1", 5, ["grant-can-write", "new-country"]],
    ["grant-2", 0, []],
  ]);
  expect(stolen.map(({ grant }) => grant)).toEqual(["grant-3"]);
  for (const [client, grant] of [
    ["client-1", "grant-0"],
    ["client-3", "grant-3"],
    ["client-4", "grant-4"],
  ]) {
    const dead = admission({ client: client as ClientId, grant: grant as GrantId });
    expect(await stub.admit(dead)).toEqual({ denial: { reason: "grant-ended" } });
  }
  expect(await stub.admit(admission({ ...ONE, session: "session-2" }))).toEqual({
    denial: { reason: "session-ended" },
  });
  expect(await stub.browserSession("browser-1")).toBe(true);
  const admitted = await stub.admit(admission({ ...ONE, session: "session-1" }));
  expect(admitted).toMatchObject({ seq: expect.any(Number), tainted: true });
  if ("seq" in admitted) await stub.recordOutcomes([{ ...outcome, of: admitted.seq }]);

  const said = async (digest: string) => {
    const answer = await stub.admit(erasure(digest, ONE));
    return "denial" in answer ? answer.denial : answer;
  };
  expect(await said("no")).toMatchObject({ reason: "approval-refused" });
  expect(await said("yes")).toMatchObject({ approval: "ask-4", approved: "v1" });
  expect(await said("waiting")).toMatchObject({ reason: "approval-required", id: "ask-5" });
  expect(await stub.decideApproval("ask-5", true, now())).toBe("approved");
  expect(await said("waiting")).toMatchObject({ approval: "ask-5" });
});

test("a ledger of 2026-11-24 goes on: it settles, refreshes, tells a token that comes back, revokes, and ships what is new", async () => {
  const { stub, wake } = await reopen(november);
  await wake(60_000);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  const outcomesWritten = (await stub.events(41)).map(({ event }) => event);
  expect(outcomesWritten).toContainEqual(expect.objectContaining({ kind: "settlement", of: 41, outcome: "unknown" }));

  const refresh = (token: string) => ({ grant: ONE.grant, token, stored: "another name", asked: "q" });
  const [third, fourth] = [refresh("hash-of-token-1c"), refresh("hash-of-token-1d")];
  expect(await stub.startRefresh(third)).toEqual({ go: "rotate", step: 2 });
  expect(await stub.finishRefresh(third, { next: fourth.token, answer: "sealed", scopes: [] })).toBe(true);
  expect(await stub.startRefresh(fourth)).toEqual({ go: "rotate", step: 3 });
  expect(await stub.startRefresh(refresh("hash-of-token-1"))).toEqual({ go: "reuse" });
  expect(await stub.finishRefresh(fourth, null)).toBe(false);
  expect(await stub.revoke("grant-2" as GrantId)).toBe(1);
  expect((await stub.connections()).alive).toEqual([]);

  await wake(HOUR);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  const shipped = await segments(november.subject);
  expect(shipped.map(({ name }) => name.slice(0, 12))).toEqual([
    "000000000001",
    "000000000006",
    "000000000019",
    "000000000045",
  ]);
  expect(await findings(shipped.map(({ text }) => text))).toEqual([]);
});

test("an upgrade that fails halfway leaves the ledger as it was", async () => {
  const { stub } = await openLedger();
  const before = [await names(stub, "table"), await version(stub)];
  await runInDurableObject(stub, (_, { storage }) => {
    const done = Array.from({ length: 90 }, () => "SELECT 1");
    expect(() => upgrade(storage, [...done, "CREATE TABLE halfway (id INTEGER)", "no statement"])).toThrow('near "no"');
  });
  expect([await names(stub, "table"), await version(stub)]).toEqual(before);
});

test("code of before a deploy works on a ledger of after it, and leaves alone what it does not know", async () => {
  const { stub, setClock } = await openLedger();
  await runInDurableObject(stub, (_, { storage: { sql } }) => {
    sql.exec("CREATE TABLE later (id INTEGER); UPDATE version SET number = 99");
  });
  await evictDurableObject(stub);
  await setClock();
  expect(await stub.admit(admission())).toMatchObject({ seq: 2 });
  expect(await version(stub)).toMatchObject({ number: 99 });
  expect(await names(stub, "table")).toContain("later");
});

test("a ledger that this code would misread is not opened, and the log says why", async () => {
  const { stub } = await openLedger();
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec("UPDATE version SET number = 99, oldest = 98");
    expect(() => upgrade(storage)).toThrow("this ledger needs version 98 of its code");
  });
  expect(takeErrors().map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ at: "failure", type: "LedgerTooNew" }),
  );
});
