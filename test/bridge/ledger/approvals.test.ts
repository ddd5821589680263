// a question waits, is decided once, and its yes is good for one call, for five minutes.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { APPROVAL_MS } from "../../../src/bridge/gate/approval.ts";
import type { ClientId, GrantId } from "../../../src/bridge/gate/principal.ts";
import { bindings } from "../support/worker.ts";
import { approve, BUDGET, call, erasure, said, steps } from "./asking.ts";
import { CLIENT, GRANT, HOUR, openLedger } from "./ledgers.ts";

const MINUTE = 60_000;

beforeEach(async () => {
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
});

test("a call waits, is approved, runs once; asking again gives the same question; a replay asks anew", async () => {
  const ledger = await openLedger();
  const { said: first, id } = await call(ledger);
  expect(first).toBe("approval-required");
  expect((await call(ledger)).id).toBe(id);
  expect(await ledger.stub.approval(id)).toEqual({
    id,
    client: CLIENT,
    grant: GRANT,
    tool: "delete_note",
    args: "encrypted d",
    asked: ledger.now(),
    expires: ledger.now() + APPROVAL_MS,
    decided: null,
    state: "waiting",
    tainted: false,
    where: { country: "DE", asn: 1, agent: "other" },
  });
  await approve(ledger, id);
  expect(await ledger.stub.approval(id)).toMatchObject({ state: "approved", args: null, decided: ledger.now() });
  expect(await said(ledger)).toBe("ran");
  const replay = await call(ledger);
  expect([replay.said, replay.id === id]).toEqual(["approval-required", false]);
  expect(await steps(ledger)).toEqual(["asked", "approved", "used", `ran with ${id}`, "asked"]);
  expect((await ledger.stub.approvals()).map(({ state }) => state)).toEqual(["waiting", "used"]);
  await ledger.verify();
});

test("an approval is for these arguments, this tool, this grant and this user, and for nothing beside them", async () => {
  const ledger = await openLedger();
  const other = await openLedger();
  const published = "https://app.example/client.json" as ClientId;
  const grants = ["grant-02", "grant-03"] as GrantId[];
  for (const grant of grants) {
    await ledger.stub.openGrant({
      grant,
      client: published,
      scopes: [],
      canWrite: false,
      expires: ledger.now() + HOUR,
    });
  }
  const [one, two] = grants.map((grant) => ({ client: published, grant }));
  const { id } = await call(ledger, erasure("d", one));
  await approve(ledger, id);
  expect(await said(ledger, erasure("e", one))).toBe("approval-required");
  expect(await said(ledger, erasure("d", { ...one, tool: "delete_all" }))).toBe("approval-required");
  expect(await said(ledger, erasure("d", two))).toBe("approval-required");
  expect(await said(other, erasure("d"))).toBe("approval-required");
  expect(await other.stub.approval(id)).toBeUndefined();
  expect(await other.stub.decideApproval(id, true, other.now())).toBe("gone");
  expect(await said(ledger, erasure("d", one))).toBe("ran");
});

test("a hundred calls at once on one approval are one run", async () => {
  const ledger = await openLedger();
  await approve(ledger, (await call(ledger)).id);
  const budget = { perMinute: 1000, perDay: 1000, repeats: 1000 };
  const all = await Promise.all(Array.from({ length: 100 }, () => said(ledger, erasure("d", { budget }))));
  expect(all.filter((each) => each === "ran")).toHaveLength(1);
  expect(new Set(all)).toEqual(new Set(["ran", "approval-required"]));
  expect((await steps(ledger)).filter((step) => step === "asked")).toHaveLength(2);
});

test("a decision is made once, and a yes needs a sign-in of the last five minutes; a no does not", async () => {
  const ledger = await openLedger();
  const { stub, now } = ledger;
  const { id } = await call(ledger);
  for (const signedInAt of [0, now() - APPROVAL_MS - 1, now() + APPROVAL_MS + 1, Number.NaN]) {
    expect(await stub.decideApproval(id, true, signedInAt)).toBe("old-sign-in");
  }
  expect(await stub.approval(id)).toMatchObject({ state: "waiting" });
  expect(await stub.decideApproval("made-up", true, now())).toBe("gone");
  await approve(ledger, id);
  expect(await stub.decideApproval(id, true, now())).toBe("gone");
  expect(await stub.decideApproval(id, false, now())).toBe("gone");
  const second = await call(ledger, erasure("e"));
  expect(await stub.decideApproval(second.id, false, 0)).toBe("refused");
});

test("what a yes was given for goes with the call that it lets through, and with nothing else", async () => {
  const ledger = await openLedger();
  const { stub, now, advance } = ledger;
  const { id } = await call(ledger);
  expect(await stub.decideApproval(id, true, now(), "v1")).toBe("approved");
  expect((await call(ledger)).answer).toMatchObject({ approval: id, approved: "v1" });
  await approve(ledger, (await call(ledger)).id);
  expect((await call(ledger)).answer).toMatchObject({ approved: null });
  const left = await call(ledger, erasure("e"));
  expect(await stub.decideApproval(left.id, true, now(), "v2")).toBe("approved");
  await advance(APPROVAL_MS);
  expect(await said(ledger, erasure("e"))).toBe("approval-required");
  const kept = await runInDurableObject(stub, (_, { storage }) => storage.sql.exec("SELECT * FROM approved").toArray());
  expect(kept).toEqual([]);
});

test("a no holds for five minutes without another question, and a yes that nobody used expires", async () => {
  const ledger = await openLedger();
  const { stub, advance, now } = ledger;
  const { id } = await call(ledger);
  expect(await stub.decideApproval(id, false, now())).toBe("refused");
  expect(await stub.approval(id)).toMatchObject({ state: "refused", args: null });
  expect((await call(ledger)).denial).toEqual({ reason: "approval-refused", retryAfter: 300 });
  await advance(APPROVAL_MS);
  const again = await call(ledger);
  expect(again.said).toBe("approval-required");
  await approve(ledger, again.id);
  await advance(APPROVAL_MS);
  expect(await stub.approval(again.id)).toMatchObject({ state: "expired" });
  expect(await said(ledger)).toBe("approval-required");
  expect(await steps(ledger)).toEqual(["asked", "refused", "asked", "approved", "expired", "asked"]);
});

test("what nobody decides expires by the alarm, arguments and all, even when the object slept", async () => {
  const ledger = await openLedger();
  const { stub, advance, setClock, now } = ledger;
  const { id } = await call(ledger);
  await advance(APPROVAL_MS - 1);
  await runDurableObjectAlarm(stub);
  expect(await stub.approval(id)).toMatchObject({ state: "waiting", args: "encrypted d" });
  await evictDurableObject(stub);
  await setClock();
  await advance(1);
  expect(await stub.approval(id)).toMatchObject({ state: "expired", args: null });
  expect(await stub.decideApproval(id, true, now())).toBe("gone");
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(await steps(ledger)).toEqual(["asked", "expired"]);
  await runDurableObjectAlarm(stub);
  expect(await steps(ledger)).toEqual(["asked", "expired"]);
});

test("approval fatigue: three questions of a connection may wait, and all of them stay within the row's budget", async () => {
  const ledger = await openLedger();
  const { stub, now, advance } = ledger;
  const budget = { ...BUDGET, perDay: 8 };
  let calls = 0;
  const flood = async () => {
    const one = () => call(ledger, erasure(`d${calls++}`, { budget }));
    const answers = await Promise.all(Array.from({ length: 10 }, one));
    return { ids: answers.flatMap(({ id }) => (id === "" ? [] : id)), last: answers.at(-1)?.denial };
  };
  const refuseAll = async (ids: readonly string[]) => {
    for (const id of ids) expect(await stub.decideApproval(id, false, now())).toBe("refused");
  };
  const first = await flood();
  expect([first.ids.length, first.last]).toEqual([3, { reason: "too-many-asks" }]);
  // A question that waits is answered with its link, however many wait.
  expect((await call(ledger, erasure("d0", { budget }))).id).toBe(first.ids[0]);
  await refuseAll(first.ids);
  const second = await flood();
  expect([second.ids.length, second.last]).toEqual([2, { reason: "over-budget", per: "minute", retryAfter: 60 }]);
  await refuseAll(second.ids);
  await advance(MINUTE);
  const third = await flood();
  expect([third.ids.length, third.last]).toEqual([3, { reason: "too-many-asks" }]);
  await refuseAll(third.ids);
  await advance(MINUTE);
  expect(await flood()).toMatchObject({ ids: [], last: { reason: "over-budget", per: "day" } });
  await advance(24 * HOUR);
  expect((await flood()).ids).toHaveLength(3);
});

test("a call that its budget refuses uses up no approval: it runs as soon as the budget has room", async () => {
  const ledger = await openLedger();
  const budget = { perMinute: 1, perDay: 50, repeats: 50 };
  const small = (digest: string) => erasure(digest, { budget });
  await approve(ledger, (await call(ledger, small("a"))).id);
  await ledger.advance(MINUTE);
  await approve(ledger, (await call(ledger, small("b"))).id);
  expect(await said(ledger, small("a"))).toBe("ran");
  expect(await said(ledger, small("b"))).toBe("over-budget");
  expect(await said(ledger, small("c"))).toBe("over-budget");
  await ledger.advance(MINUTE);
  expect(await said(ledger, small("b"))).toBe("ran");
  expect((await steps(ledger)).filter((step) => step === "asked")).toHaveLength(2);
});
