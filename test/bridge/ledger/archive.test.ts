// The archive on the local R2: what arrives, what a crash between arriving and being marked does, and what pruning leaves.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { archive, RETENTION } from "../../../src/bridge/archive/archive.ts";
import { loadActivity } from "../../../src/bridge/console/activity.ts";
import type { GrantId } from "../../../src/bridge/gate/principal.ts";
import { Chain } from "../../../src/bridge/ledger/chain.ts";
import { Heads } from "../../../src/bridge/ledger/heads.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { ARCHIVE, exported, findings, segments } from "../support/archived.ts";
import { takeErrors } from "../support/log.ts";
import { loadSettings } from "../support/own-app.ts";
import { bindings } from "../support/worker.ts";
import { admission, HOUR, openLedger, outcome } from "./ledgers.ts";

const DAY = 24 * HOUR;
type Opened = Awaited<ReturnType<typeof openLedger>>;

async function called({ stub }: Opened, times = 1): Promise<void> {
  for (let count = 0; count < times; count++) {
    const admitted = await stub.admit(admission());
    if ("denial" in admitted) throw new Error(admitted.denial.reason);
    await stub.recordOutcomes([{ ...outcome, of: admitted.seq }]);
  }
}

async function later({ stub, advance }: Opened, ms: number): Promise<void> {
  await advance(ms);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
}

test("DESIGN 7: once an hour what is new goes to R2 as a segment, and segments verify in order with an export", async () => {
  const ledger = await openLedger();
  await called(ledger, 2);
  await later(ledger, HOUR / 2);
  expect(await segments(ledger.subject)).toEqual([]);
  await later(ledger, HOUR / 2);
  await called(ledger);
  await later(ledger, HOUR);
  const shipped = await segments(ledger.subject);
  expect(shipped.map(({ name }) => name)).toEqual([
    "000000000001-000000000005.ndjson",
    "000000000006-000000000007.ndjson",
  ]);
  const texts = shipped.map(({ text }) => text);
  expect(await findings([...texts, await exported(ledger.stub)])).toEqual([]);
  expect(await findings(texts.slice(1))).toMatchObject([{ seq: 1, what: expect.stringContaining("missing") }]);
  expect(await ledger.stub.reach()).toEqual({ anchor: null, shipped: 7, lost: 0 });
  expect(await runDurableObjectAlarm(ledger.stub)).toBe(true);
  expect(await segments(ledger.subject)).toHaveLength(2);
});

test("a crash after a segment arrived and before it was marked sends the very same one again: no gap, no double", async () => {
  const ledger = await openLedger();
  await called(ledger);
  const put = ARCHIVE.put.bind(ARCHIVE);
  const cut = vi.spyOn(ARCHIVE, "put").mockImplementation((async (...args: Parameters<typeof put>) => {
    await put(...args);
    throw new Error("the answer never came");
  }) as typeof ARCHIVE.put);
  await later(ledger, HOUR);
  cut.mockRestore();
  expect(takeErrors()).toHaveLength(1);
  const [first] = await segments(ledger.subject);
  expect(await ledger.stub.reach()).toEqual({ anchor: null, shipped: 0, lost: 0 });

  await evictDurableObject(ledger.stub);
  await ledger.setClock();
  await called(ledger, 3);
  await later(ledger, HOUR);
  const [again, next, ...more] = await segments(ledger.subject);
  expect(again).toEqual(first);
  expect(next?.name).toBe("000000000004-000000000009.ndjson");
  expect(more).toEqual([]);
  expect(await findings([again?.text ?? "", next?.text ?? ""])).toEqual([]);
});

test("a segment that stands there already is never overwritten, and nothing is pruned until somebody has looked", async () => {
  const ledger = await openLedger();
  const name = `${ledger.subject}/000000000001-000000000001.ndjson`;
  await ARCHIVE.put(name, "somebody was here first");
  await later(ledger, HOUR);
  expect(takeErrors().map((line) => JSON.parse(line))).toMatchObject([{ chore: "archive", type: "SegmentConflict" }]);
  await later(ledger, 100 * DAY);
  expect(takeErrors()).toHaveLength(1);
  expect(await (await ARCHIVE.get(name))?.text()).toBe("somebody was here first");
  expect(await ledger.stub.reach()).toEqual({ anchor: null, shipped: 0, lost: 0 });
  expect(await ledger.stub.events()).toHaveLength(1);

  await ARCHIVE.delete(name);
  await later(ledger, HOUR);
  expect((await ledger.stub.reach()).shipped).toBe(1);
});

test("past retention what was shipped leaves the ledger, and the chain, the export, budgets and numbers go on from there", async () => {
  const ledger = await openLedger();
  await called(ledger, 3);
  await later(ledger, HOUR);
  await later(ledger, 89 * DAY);
  expect((await ledger.stub.events()).length).toBe(7);
  await later(ledger, DAY);
  const { anchor, shipped } = await ledger.stub.reach();
  expect({ anchored: anchor?.seq, shipped }).toEqual({ anchored: 7, shipped: 7 });
  expect(await ledger.stub.events()).toEqual([]);
  expect(await ledger.stub.signedHead()).toMatchObject({ seq: 7, hash: anchor?.hash });
  await ledger.verify();

  await evictDurableObject(ledger.stub);
  await ledger.setClock();
  const grant = "grant-02" as GrantId;
  const expires = ledger.now() + 400 * DAY;
  await ledger.stub.openGrant({ grant, client: admission().client, scopes: [], canWrite: false, expires });
  const budget = { perMinute: 2, perDay: 1000, repeats: 1000 };
  const call = admission({ grant, budget });
  expect(await ledger.stub.admit(call)).toMatchObject({ seq: 10 });
  await ledger.stub.admit(call);
  await evictDurableObject(ledger.stub);
  await ledger.setClock();
  expect(await ledger.stub.admit(call)).toMatchObject({ denial: { reason: "over-budget" } });
  await ledger.verify();
  await later(ledger, HOUR);
  const texts = (await segments(ledger.subject)).map(({ text }) => text);
  expect(texts).toHaveLength(2);
  expect(await findings([...texts, await exported(ledger.stub)])).toEqual([]);
  expect(await findings([texts[0] ?? "", await exported(ledger.stub)])).toEqual([]);
  expect(await findings([await exported(ledger.stub)])).toMatchObject([
    { seq: 1, what: expect.stringContaining("entries 1 to 7 are missing") },
  ]);
});

test("what has not arrived is not pruned, however old it is", async () => {
  const ledger = await openLedger();
  await called(ledger);
  await later(ledger, HOUR);
  await called(ledger);
  const down = vi.spyOn(ARCHIVE, "put").mockRejectedValue(new Error("down"));
  await later(ledger, 40 * HOUR);
  expect((await ledger.stub.events())[0]?.seq).toBe(1);
  await later(ledger, 200 * DAY);
  down.mockRestore();
  expect(takeErrors()).toHaveLength(2);
  expect((await ledger.stub.events()).map(({ seq }) => seq)).toEqual([4, 5]);
  await ledger.verify();
  await later(ledger, HOUR);
  await later(ledger, HOUR);
  expect((await ledger.stub.reach()).anchor?.seq).toBe(5);
  await ledger.verify();
});

test("a retention that is no whole number of days is a named problem, and ninety days is what nobody has to set", () => {
  const problemsOf = (RETENTION_DAYS: string | undefined) => {
    const loaded = loadSettings({ ...bindings, RETENTION_DAYS });
    return "problems" in loaded ? loaded.problems.map(({ setting, problem }) => `${setting} ${problem}`) : [];
  };
  expect([problemsOf(undefined), problemsOf("7"), RETENTION.settings.RETENTION_DAYS.schema.parse(undefined)]).toEqual([
    [],
    [],
    90,
  ]);
  expect(problemsOf("0")).toEqual(["RETENTION_DAYS is less than a day"]);
  expect(problemsOf("1.5")).toEqual(["RETENTION_DAYS is not a whole number of days"]);
  expect(problemsOf("a while")).toEqual(["RETENTION_DAYS is not a number"]);
});

test("without the binding nothing is due, shipped or pruned", async () => {
  const ledger = await openLedger();
  await runInDurableObject(ledger.stub, async (_: Ledger, { storage }) => {
    const chain = new Chain(storage.sql);
    const heads = new Heads(storage.sql, chain, () => loadSettings(bindings), ledger.subject);
    const write = <T>(change: (now: number) => T) => change(0);
    const prune = () => expect.unreachable();
    const chore = (env: object) => archive.chore?.({ sql: storage.sql, chain, heads, env, write, prune });
    expect(chore(bindings)?.due(0)).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(chore({ ...bindings, ARCHIVE: undefined })?.due(0)).toBe(Number.POSITIVE_INFINITY);
    await chore({ ...bindings, ARCHIVE: undefined })?.run(Date.now() + 400 * DAY);
  });
  expect(await segments(ledger.subject)).toEqual([]);
  expect(await ledger.stub.events()).toHaveLength(1);
});

test("a pruned audit log is shown to its user as sound, from where it begins", async () => {
  const ledger = await openLedger();
  await called(ledger, 3);
  await later(ledger, HOUR);
  await later(ledger, 91 * DAY);
  const { anchor } = await ledger.stub.reach();
  expect(anchor?.seq).toBe(7);
  const look = () => loadActivity(ledger.stub, {}, "test-subject-key-".repeat(3));
  expect(await look()).toMatchObject({ rows: [], older: undefined, chain: { broken: undefined } });
  const grant = { grant: "grant-03" as GrantId, client: admission().client, scopes: [] };
  await ledger.stub.openGrant({ ...grant, canWrite: false, expires: ledger.now() + DAY });
  const { rows, older, chain } = await look();
  expect(rows.map(({ event }) => event.kind)).toContain("grant-opened");
  expect({ older, broken: chain.broken, from: chain.from }).toEqual({ older: undefined, broken: undefined, from: 8 });
});
