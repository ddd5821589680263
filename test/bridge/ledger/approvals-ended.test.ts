// What ends an approval before it is used, what makes one needed, and what the user is shown of them.

import { beforeEach, expect, test } from "vitest";
import type { Admission } from "../../../src/bridge/gate/ledger-port.ts";
import type { GrantId } from "../../../src/bridge/gate/principal.ts";
import { takeErrors } from "../support/log.ts";
import { bindings } from "../support/worker.ts";
import { approve, call, erasure, nextAsk, type OpenLedger, said, steps } from "./asking.ts";
import { CLIENT, GRANT, HOUR, openLedger, outcome } from "./ledgers.ts";

const MINUTE = 60_000;

beforeEach(async () => {
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
});

test("a replaced, revoked or expired grant takes its questions and approvals with it", async () => {
  const open = async (ledger: OpenLedger, grant: string) =>
    ledger.stub.openGrant({
      grant: grant as GrantId,
      client: CLIENT,
      scopes: [],
      canWrite: false,
      expires: ledger.now() + HOUR,
    });
  const ends: readonly ((ledger: OpenLedger) => Promise<unknown>)[] = [
    (ledger) => open(ledger, "grant-02"),
    ({ stub }) => stub.revoke(GRANT),
    ({ stub }) => stub.revoke("all"),
    ({ stub }) => stub.erase(),
  ];
  for (const end of ends) {
    const ledger = await openLedger();
    const { id } = await call(ledger);
    await approve(ledger, (await call(ledger, erasure("e"))).id);
    await end(ledger);
    expect(await ledger.stub.decideApproval(id, true, ledger.now())).toBe("gone");
    expect([await said(ledger), await said(ledger, erasure("e"))]).toEqual(["grant-ended", "grant-ended"]);
    expect((await steps(ledger)).slice(-2)).toEqual(["expired", "expired"]);
    for (const { state, args } of await ledger.stub.approvals()) expect([state, args]).toEqual(["expired", null]);
  }
  const replaced = await openLedger();
  await approve(replaced, (await call(replaced)).id);
  await open(replaced, "grant-02");
  expect(await said(replaced, erasure("d", { grant: "grant-02" as GrantId }))).toBe("approval-required");

  const erased = await openLedger();
  await call(erased);
  await erased.stub.erase();
  expect(await erased.stub.approvals()).toEqual([]);

  const lapsed = await openLedger();
  await lapsed.advance(48 * HOUR - 2 * MINUTE);
  const { id } = await call(lapsed);
  await lapsed.advance(3 * MINUTE);
  expect(await lapsed.stub.approval(id)).toMatchObject({ state: "waiting" });
  expect(await lapsed.stub.decideApproval(id, true, lapsed.now())).toBe("gone");
  expect(await said(lapsed)).toBe("grant-ended");
});

test("what an operator stopped cannot be approved, and an approval from before does not run it", async () => {
  const set = async (ledger: OpenLedger, kind: string, value: string) => {
    await bindings.CONTROL.prepare("INSERT INTO switch (kind, value) VALUES (?, ?)").bind(kind, value).run();
    await ledger.advance(5_000);
  };
  const stops = [
    ["mode", "off", "switched-off"],
    ["mode", "read-only", "switched-off"],
    ["tool", "delete_note", "switched-off"],
    ["client", CLIENT, "grant-ended"],
    ["grant", GRANT, "grant-ended"],
    ["subject", "", "frozen"],
    ["mode", "unheard-of", "ledger-unreachable"],
  ] as const;
  for (const [kind, value, reason] of stops) {
    const ledger = await openLedger();
    const { id } = await call(ledger);
    await approve(ledger, (await call(ledger, erasure("e"))).id);
    await set(ledger, kind, kind === "subject" ? ledger.subject : value);
    expect(await ledger.stub.decideApproval(id, true, ledger.now())).toBe("switched-off");
    expect(await said(ledger, erasure("e"))).toBe(reason);
    expect(await ledger.stub.decideApproval(id, false, ledger.now())).toBe("refused");
    // Each look at switches that cannot be read is logged.
    if (reason === "ledger-unreachable") expect(takeErrors()).toHaveLength(3);
    await bindings.CONTROL.prepare("DELETE FROM switch").run();
    await ledger.advance(5_000);
    expect(await said(ledger, erasure("e"))).toBe("ran");
  }
});

test("what reaches outside needs a user while its client is tainted, and nobody otherwise", async () => {
  const ledger = await openLedger();
  const fetching = (digest: string) => {
    const { approval, ...rest } = erasure(digest, { tool: "fetch_page", effect: "read" });
    return { ...rest, approval: { need: "tainted", ask: { id: nextAsk(), args: "x" } } } as Admission;
  };
  expect(await said(ledger, fetching("a"))).toBe("ran");
  await ledger.stub.taint(CLIENT);
  const { said: asked, id } = await call(ledger, fetching("b"));
  expect(asked).toBe("approval-required");
  expect(await ledger.stub.approval(id)).toMatchObject({ tainted: true });
  await approve(ledger, id);
  expect((await call(ledger, fetching("b"))).answer).toMatchObject({ tainted: true, approval: id });
  await ledger.advance(15 * MINUTE);
  expect((await call(ledger, fetching("c"))).answer).toMatchObject({ tainted: false, approval: null });
});

test("a session's client that elicits URLs is remembered as long as its session lives", async () => {
  const ledger = await openLedger();
  const { stub } = ledger;
  await stub.openSession("shows", { client: CLIENT, grant: GRANT, showsLinks: true });
  await stub.openSession("silent", { client: CLIENT, grant: GRANT });
  const shows = async (session: string | null) => {
    const { denial } = await call(ledger, erasure("d", { session }));
    return denial?.reason === "approval-required" ? denial.showsLinks : denial?.reason;
  };
  expect([await shows("shows"), await shows("silent"), await shows(null)]).toEqual([true, false, false]);
  await stub.endSession("shows");
  await stub.openSession("shows", { client: CLIENT, grant: GRANT });
  expect(await shows("shows")).toBe(false);
});

test("an outcome of an approved call is like any other, and what is listed is at most the last fifty", async () => {
  const ledger = await openLedger();
  await approve(ledger, (await call(ledger)).id);
  const { answer } = await call(ledger);
  await ledger.stub.recordOutcomes([{ ...outcome, of: answer?.seq ?? 0 }]);
  expect((await ledger.stub.events()).at(-1)?.event).toMatchObject({ kind: "settlement", outcome: "ok" });
  const budget = { perMinute: 1000, perDay: 1000, repeats: 1000 };
  for (let n = 0; n < 60; n++) {
    const { id } = await call(ledger, erasure(`d${n}`, { budget }));
    await ledger.stub.decideApproval(id, false, 0);
    await ledger.advance(1);
  }
  const listed = await ledger.stub.approvals();
  expect(listed).toHaveLength(50);
  expect(listed.map(({ asked }) => asked)).toEqual(listed.map(({ asked }) => asked).sort((a, b) => b - a));
});
