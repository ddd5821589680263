import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { takeErrors } from "../support/log.ts";
import { bindings } from "../support/worker.ts";
import { admission, CLIENT, GRANT, HOUR, openLedger } from "./ledgers.ts";

test("the first head is logged an hour after the first event, however often the ledger was evicted until then", async () => {
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

test("when no head can be signed, orphans are settled and floods counted all the same, and the head comes later", async () => {
  const lines = vi.spyOn(console, "log");
  const logged = () => lines.mock.calls.filter(([line]) => String(line).includes('"at":"head"')).length;
  const { stub, advance, kinds } = await openLedger();
  await stub.admit(admission());
  for (let i = 0; i < 3; i++) await stub.deny({ ...admission(), reason: "missing-scope" });
  await advance(HOUR);
  const before = logged();
  const broken = vi.spyOn(crypto.subtle, "sign").mockRejectedValue(new Error("no key"));
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  broken.mockRestore();
  expect(await kinds()).toEqual(["grant-opened", "admission", "denial", "settlement", "denial"]);
  expect(logged()).toBe(before);
  const failed = takeErrors().map((line) => JSON.parse(line).chore);
  expect(failed).toContain("head");
  expect(failed).not.toContain("orphans");

  await advance(20_000);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(logged()).toBe(before + 1);
});

test("a session's object that cannot be emptied keeps neither the head from being signed nor the others from being emptied", async () => {
  const emptied: string[] = [];
  const namespace = vi.spyOn(bindings.MCP_SESSIONS, "getByName").mockImplementation(
    (name) =>
      ({
        end: async () => {
          if (name.endsWith("s1")) throw new Error("unreachable");
          emptied.push(name);
        },
      }) as unknown as DurableObjectStub,
  );
  const lines = vi.spyOn(console, "log");
  const { stub, advance, kinds } = await openLedger();
  for (const session of ["s1", "s2"]) await stub.openSession(session, { client: CLIENT, grant: GRANT });
  await advance(HOUR);
  const before = lines.mock.calls.length;
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  namespace.mockRestore();
  expect(emptied).toEqual(["streamable-http:s2"]);
  expect((await kinds()).filter((kind) => kind === "session-ended")).toHaveLength(2);
  expect(lines.mock.calls.slice(before).some(([line]) => String(line).includes('"at":"head"'))).toBe(true);
  expect(takeErrors().map((line) => JSON.parse(line))).toMatchObject([{ at: "chore-failed", chore: "sessions" }]);
});
