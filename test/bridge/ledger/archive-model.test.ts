// The archive in any order of events: calls, hours, months, alarms, evictions, a bucket that fails before or after it has
// stored, and a crash before a segment was marked. In the end what the bucket and the ledger hold is one chain without a gap, every
// receipt that was given is in it, and no segment was ever written twice.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { GrantId } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { ARCHIVE, exported, findings, segments } from "../support/archived.ts";
import { print, takeErrors } from "../support/log.ts";
import { admission, CLIENT, HOUR, openLedger, outcome } from "./ledgers.ts";

const DAY = 24 * HOUR;
const GRANT = "grant-of-years" as GrantId;
type Real = Awaited<ReturnType<typeof openLedger>>;
interface Model {
  readonly receipts: { readonly seq: number; readonly hash: string }[];
  open: number[];
}
type Command = fc.AsyncCommand<Model, Real>;

function command(name: string, run: (model: Model, real: Real) => Promise<unknown>): Command {
  return { check: () => true, run: async (model, real) => void (await run(model, real)), toString: () => name };
}

const call = (times: number) =>
  command(`call ×${times}`, async (model, { stub }) => {
    for (let count = 0; count < times; count++) {
      const answer = await stub.admit(admission({ grant: GRANT }));
      if ("denial" in answer) throw new Error(answer.denial.reason);
      model.receipts.push({ seq: answer.seq, hash: answer.hash });
      model.open.push(answer.seq);
    }
  });
const recordOutcomes = command("settle", async (model, { stub }) => {
  for (const of of model.open) await stub.recordOutcomes([{ ...outcome, of }]);
  model.open = [];
});
const advance = (ms: number) => command(`advance ${ms / HOUR} h`, (_, { advance: move }) => move(ms));
const alarm = command("alarm", (_, { stub }) => runDurableObjectAlarm(stub));
const evict = command("evict", async (_, { stub, setClock }) => {
  await evictDurableObject(stub);
  await setClock();
});

/** The alarm rings while the bucket does not answer, whether it stored what it was sent or not. */
const failing = (stored: boolean) =>
  command(`alarm, and the bucket fails ${stored ? "after" : "before"} it stored`, async (_, { stub }) => {
    const put = ARCHIVE.put.bind(ARCHIVE);
    const failure = async (...args: Parameters<typeof put>) => {
      if (stored) await put(...args);
      throw new Error("no answer");
    };
    const spy = vi.spyOn(ARCHIVE, "put").mockImplementation(failure as typeof ARCHIVE.put);
    await runDurableObjectAlarm(stub);
    spy.mockRestore();
    takeErrors();
  });

/** As if the object had died between the bucket's answer and its own note of it. */
const forget = command("forget that the last segment arrived", async (model, real) => {
  await runInDurableObject(real.stub, (_: Ledger, { storage }) => {
    storage.sql.exec("UPDATE segment SET shipped = 0 WHERE first = (SELECT max(first) FROM segment)");
  });
  await evict.run(model, real);
});

const months = fc.constantFrom(HOUR, HOUR, 13 * HOUR, 40 * DAY, 91 * DAY).map(advance);
const calls = fc.constantFrom(1, 1, 3, 9).map(call);
const bucket = fc.constantFrom(true, false).map(failing);
const kinds = [calls, calls, fc.constant(recordOutcomes), months, months, fc.constant(alarm), fc.constant(alarm)];
const commands = fc.commands([...kinds, bucket, fc.constant(evict), fc.constant(forget)], {
  maxCommands: 40,
  size: "max",
});

test("what is in the archive and in the ledger is one chain, whatever fails on the way", {
  timeout: 120_000,
}, async () => {
  const totals = { segments: 0, pruned: 0, receipts: 0 };
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const real = await openLedger();
      const expires = real.now() + 40 * 366 * DAY;
      await real.stub.openGrant({ grant: GRANT, client: CLIENT, scopes: [], canWrite: false, expires });
      const model: Model = { receipts: [], open: [] };
      const written = new Map<string, string>();
      const remember = async () => {
        for (const { name, version } of await segments(real.subject)) {
          expect(written.get(name) ?? version).toBe(version);
          written.set(name, version);
        }
      };
      const watched = [...list].map((one) =>
        command(String(one), async (...args) => {
          await one.run(...args);
          await remember();
        }),
      );
      await fc.asyncModelRun(() => ({ model, real }), watched);

      await real.advance(HOUR);
      await runDurableObjectAlarm(real.stub);
      await real.verify();
      const shipped = await segments(real.subject);
      const tail = await exported(real.stub);
      expect(await findings([...shipped.map(({ text }) => text), tail])).toEqual([]);
      const lines = [...shipped.map(({ text }) => text), tail].flatMap((text) => text.trimEnd().split("\n"));
      const entries = new Map<number, string>();
      for (const line of lines) {
        const { seq, hash } = JSON.parse(line) as { readonly seq?: number; readonly hash?: string };
        if (seq === undefined || hash === undefined) continue;
        expect(entries.get(seq) ?? hash).toBe(hash);
        entries.set(seq, hash);
      }
      expect(entries.size).toBe((await real.stub.signedHead()).seq);
      for (const { seq, hash } of model.receipts) expect(entries.get(seq)).toBe(hash);
      const numbers = shipped.flatMap(({ text }) => text.match(/^\{"seq":\d+/gm) ?? []);
      expect(new Set(numbers).size).toBe(numbers.length);
      totals.segments += shipped.length;
      totals.pruned += (await real.stub.reach()).anchor === null ? 0 : 1;
      totals.receipts += model.receipts.length;
    }),
    { numRuns: 25 },
  );
  print(JSON.stringify(totals));
  expect(totals.pruned).toBeGreaterThan(0);
});
