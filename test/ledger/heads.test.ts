import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { HOUR, openLedger } from "./ledgers.ts";

test("X3: the first head is logged an hour after the first event, however often the ledger was evicted until then", async () => {
  const lines = vi.spyOn(console, "log");
  const logged = () => lines.mock.calls.filter(([line]) => String(line).includes('"at":"head"')).length;
  const { stub, advance } = await openLedger();
  for (let quarter = 0; quarter < 3; quarter++) {
    await evictDurableObject(stub);
    await advance(HOUR / 4);
    await runDurableObjectAlarm(stub);
  }
  expect(logged()).toBe(0);
  await evictDurableObject(stub);
  await advance(HOUR / 4);
  await runDurableObjectAlarm(stub);
  expect(logged()).toBe(1);
});
