// Erasing a user, in its steps: frozen first, deleted after, and resumed after a failure in between.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import type { Subject } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { eraseUser } from "../../../src/bridge/operator/erase.ts";
import { answerOf } from "../support/journey.ts";
import { app } from "../support/own-app.ts";
import { bindings, journey, ledgerOf } from "../support/worker.ts";
import { admission, openLedger } from "./ledgers.ts";

// Machines are slow, and the first erasure may have to wait for an outcome.
vi.setConfig({ testTimeout: 20_000 });

const NO_STORE = { listUserGrants: async () => ({ items: [] }), revokeGrant: async () => undefined };

async function writeNote(token: string, title: string): Promise<number> {
  const note = { name: "write_note", arguments: { title, text: "x" } };
  return (await answerOf(await journey.modern(token, "tools/call", note))).status;
}

async function connect(name: string) {
  const { tokens } = await journey.connect({ name, scope: "profile:read notes:write", ticked: ["notes:write"] });
  const token = tokens.access_token;
  const subject = token.split(":")[0] as Subject;
  const notes = async () => {
    const rows = await bindings.DB.prepare("SELECT title FROM note WHERE subject = ?").bind(subject).all();
    return rows.results.map(({ title }) => title);
  };
  return { token, subject, notes };
}

const erase = (subject: Subject) => eraseUser(app, bindings, NO_STORE, subject, Date.now);

test("an erasure that dies halfway leaves the user frozen, also for a connection made since, and goes on when it is run again", async () => {
  const { token, subject, notes } = await connect("ada");
  expect(await writeNote(token, "before")).toBe(200);

  await bindings.DB.exec("ALTER TABLE note RENAME TO gone");
  await expect(erase(subject)).rejects.toThrow();
  await bindings.DB.exec("ALTER TABLE gone RENAME TO note");
  expect(await notes()).toEqual(["before"]);
  expect(await writeNote(token, "between")).toBe(403);
  await evictDurableObject(ledgerOf(token));
  const since = await connect("ada");
  expect(since.subject).toBe(subject);
  expect(await writeNote(since.token, "between")).toBe(403);
  expect(await notes()).toEqual(["before"]);

  expect(await erase(subject)).toEqual({ kept: { notes: 1 }, grants: 0 });
  expect(await notes()).toEqual([]);
  expect([await writeNote(token, "after"), await writeNote(since.token, "after")]).toEqual([401, 401]);
  const back = await connect("ada");
  expect(await writeNote(back.token, "again")).toBe(200);
  expect(await notes()).toEqual(["again"]);
});

test("nothing is deleted while a call that was admitted before may still write, and an erasure that waited in vain says so", async () => {
  const { stub, subject, advance } = await openLedger();
  expect(await stub.admit(admission())).toMatchObject({ seq: 2 });
  let now = 0;
  const impatient = () => {
    now += 60_000;
    return now;
  };
  expect(await eraseUser(app, bindings, NO_STORE, subject as Subject, impatient)).toBeUndefined();
  expect(await stub.admit(admission())).toEqual({ denial: { reason: "frozen" } });
  expect((await stub.events()).map(({ event }) => event.kind)).not.toContain("erased");

  await advance(30_000);
  await runDurableObjectAlarm(stub);
  expect(await erase(subject as Subject)).toEqual({ kept: { notes: 0 }, grants: 0 });
  const kinds = (await stub.events()).map(({ event }) => event.kind);
  expect(kinds.indexOf("settlement")).toBeLessThan(kinds.indexOf("erased"));
  expect(await stub.admit(admission())).toEqual({ denial: { reason: "grant-ended" } });
});

test("what a ledger keeps beside the audit log goes too, and the audit log verifies across the erasure", async () => {
  const { stub, subject, verify } = await openLedger();
  const kept = () =>
    runInDurableObject(stub, (_: Ledger, { storage }) =>
      ["family", "old_token", "country", "taint", "secret"].flatMap((table) =>
        storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
      ),
    );
  const first = await stub.admit(admission({ digest: "same" }));
  if ("denial" in first) throw new Error("not admitted");
  await stub.recordOutcomes([{ of: first.seq, outcome: "ok", ms: 1, size: 1, digest: null }]);
  expect(await kept()).not.toEqual([]);
  await erase(subject as Subject);
  expect(await kept()).toEqual([]);
  await verify();
});
