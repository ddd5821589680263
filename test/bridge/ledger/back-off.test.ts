// Work of the alarm that fails is tried again later and later, up to an hour, whatever becomes of the object in between.

import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { ARCHIVE, segments } from "../support/archived.ts";
import { takeErrors } from "../support/log.ts";
import { admission, HOUR, openLedger } from "./ledgers.ts";

const SECOND = 1000;

/** A ledger whose archive is due, and a bucket that answers nothing. */
async function withoutBucket() {
  const ledger = await openLedger();
  const put = vi.spyOn(ARCHIVE, "put").mockRejectedValue(new Error("the bucket is down"));
  /** Whether the bucket is tried when the alarm rings after so long. */
  const tries = async (ms: number) => {
    await ledger.advance(ms);
    put.mockClear();
    expect(await runDurableObjectAlarm(ledger.stub)).toBe(true);
    await evictDurableObject(ledger.stub);
    await ledger.setClock();
    return put.mock.calls.length > 0;
  };
  expect(await tries(HOUR)).toBe(true);
  return { ledger, put, tries };
}

test("a chore that fails waits twice as long each time, an hour at most, across evictions", async () => {
  const { put, tries } = await withoutBucket();
  for (const wait of [20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]) {
    expect([wait, await tries(wait * SECOND - 1)]).toEqual([wait, false]);
    expect([wait, await tries(1)]).toEqual([wait, true]);
  }
  put.mockRestore();
  expect(takeErrors().map((line) => JSON.parse(line).chore)).toEqual(Array.from({ length: 11 }, () => "archive"));
});

test("a success ends the waiting: the next failure waits as briefly as the first", async () => {
  const { ledger, put, tries } = await withoutBucket();
  expect(await tries(20 * SECOND)).toBe(true);
  put.mockRestore();
  await ledger.advance(40 * SECOND);
  expect(await runDurableObjectAlarm(ledger.stub)).toBe(true);
  expect(await segments(ledger.subject)).toHaveLength(1);

  vi.spyOn(ARCHIVE, "put").mockRejectedValue(new Error("the bucket is down"));
  await ledger.stub.admit(admission());
  await ledger.advance(HOUR);
  expect(await runDurableObjectAlarm(ledger.stub)).toBe(true);
  vi.restoreAllMocks();
  takeErrors();
  await ledger.advance(20 * SECOND - 1);
  expect(await runDurableObjectAlarm(ledger.stub)).toBe(true);
  expect(await segments(ledger.subject)).toHaveLength(1);
  await ledger.advance(1);
  expect(await runDurableObjectAlarm(ledger.stub)).toBe(true);
  expect(await segments(ledger.subject)).toHaveLength(2);
});

test("a chore that waits holds up no other: what a crash left open is settled within its minute", async () => {
  const { ledger, put, tries } = await withoutBucket();
  await tries(20 * SECOND);
  await ledger.stub.admit(admission());
  await tries(30 * SECOND);
  put.mockRestore();
  takeErrors();
  expect(await ledger.kinds()).toEqual(["grant-opened", "admission", "settlement"]);
});
