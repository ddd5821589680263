// Taint and decisions in the ledger: what a user decided holds although the taint that it came from is over, and taint is not lost
// with a client's id.

import { beforeEach, expect, test } from "vitest";
import { APPROVAL_MS } from "../../../src/bridge/gate/approval.ts";
import type { Admission } from "../../../src/bridge/gate/ledger-port.ts";
import type { ClientId, GrantId } from "../../../src/bridge/gate/principal.ts";
import { TAINT_MS } from "../../../src/bridge/gate/provenance.ts";
import { bindings } from "../support/worker.ts";
import { approve, call, erasure, nextAsk, type OpenLedger, said, steps } from "./asking.ts";
import { CLIENT, GRANT, HOUR, openLedger } from "./ledgers.ts";

beforeEach(async () => {
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
});

/** A call that asks while tainted, and at no other time. */
function replacing(digest = "d", more: Partial<Admission> = {}): Admission {
  const approval = { need: "tainted", ask: { id: nextAsk(), args: "x" } } as const;
  return erasure(digest, { tool: "replace_note", effect: "write", approval, ...more });
}

/** Tainted, and the taint is over a second later. */
async function taintEnding(ledger: OpenLedger): Promise<void> {
  await ledger.stub.taint(CLIENT);
  await ledger.advance(TAINT_MS - 1_000);
}

async function connect({ stub, now }: OpenLedger, client: string, grant: string) {
  const of = { client: client as ClientId, grant: grant as GrantId };
  await stub.openGrant({ ...of, scopes: ["notes:read"], canWrite: true, expires: now() + 48 * HOUR });
  return of;
}

test("a no holds for its five minutes although the taint is over, and through a new grant of the same client", async () => {
  const ledger = await openLedger();
  expect(await said(ledger, replacing("free"))).toBe("ran");
  await taintEnding(ledger);
  const { said: first, id } = await call(ledger, replacing());
  expect(first).toBe("approval-required");
  expect(await ledger.stub.decideApproval(id, false, ledger.now())).toBe("refused");
  await ledger.advance(1_000);
  expect(await said(ledger, replacing("another"))).toBe("ran");
  expect((await call(ledger, replacing())).denial).toEqual({ reason: "approval-refused", retryAfter: 299 });
  const anew = await connect(ledger, CLIENT, "grant-02");
  expect(await said(ledger, replacing("d", anew))).toBe("approval-refused");
  await ledger.advance(APPROVAL_MS);
  expect(await said(ledger, replacing("d", anew))).toBe("ran");
});

test("a no to what always asks holds through a new grant of the same client too", async () => {
  const ledger = await openLedger();
  const { id } = await call(ledger, erasure());
  expect(await ledger.stub.decideApproval(id, false, ledger.now())).toBe("refused");
  const anew = await connect(ledger, CLIENT, "grant-02");
  expect(await said(ledger, erasure("d", anew))).toBe("approval-refused");
  await ledger.advance(APPROVAL_MS);
  expect(await said(ledger, erasure("d", anew))).toBe("approval-required");
});

test("a question that waits is waited for, and a yes is used up, although the taint is over", async () => {
  const ledger = await openLedger();
  await taintEnding(ledger);
  const { id } = await call(ledger, replacing());
  await ledger.advance(1_000);
  expect(await call(ledger, replacing())).toMatchObject({ said: "approval-required", id });
  await approve(ledger, id);
  expect((await call(ledger, replacing())).answer).toMatchObject({ approval: id, tainted: false });
  expect((await call(ledger, replacing())).answer).toMatchObject({ approval: null });
  expect(await steps(ledger)).toEqual(["asked", "approved", "used"]);
});

test("a question that ran out stands in nobody's way once the taint is over", async () => {
  const ledger = await openLedger();
  await taintEnding(ledger);
  expect(await said(ledger, replacing())).toBe("approval-required");
  await ledger.advance(APPROVAL_MS);
  expect(await said(ledger, replacing())).toBe("ran");
});

test("taint follows the user to an app that registers anew, and to a connection made before, until its time is over", async () => {
  const ledger = await openLedger();
  const before = await connect(ledger, "client-2", "grant-02");
  expect(await said(ledger, replacing("a", before))).toBe("ran");
  expect(await said(ledger, erasure("b", { approval: { need: "never" }, untrusted: true }))).toBe("ran");
  const after = await connect(ledger, "client-3", "grant-03");
  for (const of of [before, after]) {
    const asked = await call(ledger, replacing("c", of));
    expect(asked.denial).toMatchObject({ reason: "approval-required", tainted: true });
    expect(await ledger.stub.approval(asked.id)).toMatchObject({ tainted: true, taintedElsewhere: true });
  }
  const { id } = await call(ledger, replacing("c"));
  expect(await ledger.stub.approval(id)).not.toHaveProperty("taintedElsewhere");
  await ledger.stub.revoke(GRANT);
  expect(await said(ledger, replacing("e", after))).toBe("approval-required");
  await ledger.advance(TAINT_MS);
  expect((await call(ledger, replacing("c", after))).answer).toMatchObject({ tainted: false });
});

test("the taint of one user is nobody else's", async () => {
  const [ledger, other] = [await openLedger(), await openLedger()];
  await ledger.stub.taint(CLIENT);
  expect([await said(ledger, replacing()), await said(other, replacing())]).toEqual(["approval-required", "ran"]);
});
