// Without an archive the oldest entries leave for good, and what is left verifies and counts as if nothing had happened.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { Sequel } from "../../../scripts/verify-sequel.ts";
import { allChores, type MakeChore } from "../../../src/bridge/ledger/chores.ts";
import { writeInto } from "../../../src/bridge/ledger/database.ts";
import { createParts, forget, pruneWith } from "../../../src/bridge/ledger/parts.ts";
import { Retention } from "../../../src/bridge/ledger/retention.ts";
import { exported, findings } from "../support/archived.ts";
import { loadSettings } from "../support/own-app.ts";
import { bindings } from "../support/worker.ts";
import { admission, CLIENT, GRANT, openLedger, outcome } from "./ledgers.ts";

type Opened = Awaited<ReturnType<typeof openLedger>>;

/** The parts of a ledger as they are when it wakes, and what chores are made of. */
const inside = <T>({ stub, subject, now }: Opened, work: (parts: ReturnType<typeof over>) => T | Promise<T>) =>
  runInDurableObject(stub, (_, { storage }) => work(over(storage, subject, now)));

function over(storage: DurableObjectStorage, subject: string, clock: () => number) {
  const parts = createParts(storage.sql, bindings, () => loadSettings(bindings), subject);
  const write = writeInto(storage, { clock, forget: () => forget(parts), done: () => undefined });
  const tools = { ...parts, sql: storage.sql, env: bindings, write, prune: pruneWith(parts, write) };
  return { parts, tools, retention: new Retention(tools, 6, 4) };
}

/** A grant and five calls, the last of them still running: entries 1 to 10. */
async function used() {
  const ledger = await openLedger();
  const args = { digest: "the same" };
  for (let call = 1; call <= 5; call++) {
    const admitted = await ledger.stub.admit(admission(args));
    if ("denial" in admitted) throw new Error(admitted.denial.reason);
    if (call !== 1) await ledger.stub.recordOutcomes([{ ...outcome, of: admitted.seq }]);
  }
  return { ledger, args };
}

test("beyond its bound a ledger drops its oldest entries; the rest verifies from a signed anchor, and it is said what left", async () => {
  const { ledger } = await used();
  const entries = await ledger.stub.events();
  expect(entries).toHaveLength(10);
  await inside(ledger, async ({ retention }) => {
    expect(retention.due()).toBe(1);
    await retention.run(ledger.now());
    expect(retention.due()).toBe(Number.POSITIVE_INFINITY);
  });
  await evictDurableObject(ledger.stub);
  await ledger.setClock();
  expect(await ledger.stub.events()).toEqual(entries.slice(4));
  expect(await ledger.stub.reach()).toMatchObject({ anchor: { seq: 4, hash: entries[3]?.hash }, shipped: 0, lost: 4 });
  await ledger.verify();

  const text = await exported(ledger.stub);
  expect(await findings([text])).toMatchObject([{ seq: 1, what: expect.stringContaining("--pruned") }]);
  const sequel = new Sequel([], true);
  expect(await findings([text], sequel)).toEqual([]);
  expect(sequel.pruned()).toEqual([`${ledger.subject}  entries 1 to 4 are not here`]);
});

test("what is counted from entries stays exact when they leave: budgets of the day, use of a grant, calls still running", async () => {
  const { ledger, args } = await used();
  await inside(ledger, ({ retention }) => retention.run(ledger.now()));
  await evictDurableObject(ledger.stub);
  await ledger.advance(30_000);
  const day = { perMinute: 1000, perDay: 5, repeats: 1000 };
  expect(await ledger.stub.admit(admission({ ...args, budget: day }))).toMatchObject({ denial: { per: "day" } });
  expect(await ledger.stub.admit(admission({ ...args, budget: { ...day, perDay: 6 } }))).toMatchObject({ seq: 12 });
  const { alive } = await ledger.stub.connections();
  expect(alive.map(({ grant, client, calls, scopes }) => ({ grant, client, calls, scopes }))).toEqual([
    { grant: GRANT, client: CLIENT, calls: 6, scopes: ["notes:read"] },
  ]);
  // The call that was admitted in entry 2, which has left, is settled once.
  expect(await runDurableObjectAlarm(ledger.stub)).toBe(true);
  const outcomesWritten = (await ledger.stub.events()).flatMap(({ event }) =>
    event.kind === "settlement" ? event.of : [],
  );
  expect(outcomesWritten.filter((of) => of === 2)).toEqual([2]);
});

test("where a part keeps entries elsewhere the ledger drops none by itself; without one it does", async () => {
  const ledger = await openLedger();
  await inside(ledger, ({ parts, tools }) => {
    const made = (keeps: boolean): MakeChore => {
      return () => ({ name: "kept", due: () => Number.POSITIVE_INFINITY, run: () => undefined, keeps });
    };
    const names = (...make: MakeChore[]) => allChores(parts, tools, make).map(({ name }) => name);
    expect([names(), names(made(false)), names(made(true))].map((all) => all.includes("retention"))).toEqual([
      true,
      true,
      false,
    ]);
  });
});
