// What a call costs its ledger, counted and not timed: rows as the runtime counts and bills them. The same however long the
// audit log is. `npm run bench` measures the time.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { admission, HOUR, openLedger, outcome } from "./ledgers.ts";

type Opened = Awaited<ReturnType<typeof openLedger>>;

/** Runs `work` in the object and counts the rows that its statements read and write, and the statements. */
async function counted({ stub }: Opened, work: (ledger: Ledger) => Promise<void>) {
  return runInDurableObject(stub, async (ledger: Ledger, { storage }) => {
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    const owner: { exec: SqlStorage["exec"] } = Object.getPrototypeOf(storage.sql);
    const original = owner.exec;
    owner.exec = function exec<T extends Record<string, SqlStorageValue>>(
      this: SqlStorage,
      query: string,
      ...values: unknown[]
    ) {
      const cursor = original.call(this, query, ...values) as SqlStorageCursor<T>;
      cursors.push(cursor);
      return cursor;
    };
    try {
      await work(ledger);
    } finally {
      owner.exec = original;
    }
    const sum = (of: "rowsRead" | "rowsWritten") => cursors.reduce((rows, cursor) => rows + cursor[of], 0);
    return { read: sum("rowsRead"), written: sum("rowsWritten"), statements: cursors.length };
  });
}

/** One call: admitted, run, settled. */
const oneCall = async (ledger: Ledger) => {
  const admitted = await ledger.admit(admission());
  if ("denial" in admitted) throw new Error("not admitted");
  await ledger.recordOutcomes([{ ...outcome, of: admitted.seq }]);
};

/** Many calls, and then a day passes. */
async function addHistory({ stub, advance }: Opened, calls: number) {
  const budget = { perMinute: calls * 2, perDay: calls * 2, repeats: calls * 2 };
  await runInDurableObject(stub, async (ledger: Ledger) => {
    for (let call = 0; call < calls; call++) {
      const admitted = await ledger.admit(admission({ budget }));
      if ("denial" in admitted) throw new Error("not admitted");
      await ledger.recordOutcomes([{ ...outcome, of: admitted.seq }]);
    }
  });
  await advance(24 * HOUR);
}

test("a call writes two rows, its admission and its outcome, and reads as many with a long audit log as with none", async () => {
  const opened = await openLedger();
  // The first call of a ledger also makes its key, and notes where the grant is used from.
  await counted(opened, oneCall);
  const young = await counted(opened, oneCall);
  expect(young.written).toBe(2);
  await addHistory(opened, 1_500);
  expect(await counted(opened, oneCall)).toEqual(young);
  const { written } = await counted(opened, async (ledger) => {
    for (let call = 0; call < 50; call++) await oneCall(ledger);
  });
  expect(written).toBe(100);
});

test("an object that wakes after its alarm reads what came since, not the audit log", async () => {
  const opened = await openLedger();
  const wake = async () => {
    await opened.advance(60_000);
    await runDurableObjectAlarm(opened.stub);
    await evictDurableObject(opened.stub);
    await opened.setClock();
    return counted(opened, oneCall);
  };
  await counted(opened, oneCall);
  const young = await wake();
  await addHistory(opened, 500);
  expect(await wake()).toEqual(young);
});
