// Guarantee 8 in the ledger: the limits of one client never touch another client of the same user, all clients together have a
// limit, and no answer to one says what another did.

import { evictDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import type { Admission } from "../../../src/bridge/gate/ledger-port.ts";
import type { ClientId, GrantId } from "../../../src/bridge/gate/principal.ts";
import type { Budget } from "../../../src/bridge/gate/rule.ts";
import { bindings } from "../support/worker.ts";
import { approve, call, erasure, type OpenLedger, said } from "./asking.ts";
import { admission, CLIENT, GRANT, HOUR, openLedger } from "./ledgers.ts";

const MINUTE = 60_000;
const WIDE: Budget = { perMinute: 10_000, perDay: 10_000, repeats: 10_000 };

beforeEach(async () => {
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
});

type Of = Pick<Admission, "client" | "grant">;
const FIRST: Of = { client: CLIENT, grant: GRANT };

/** Another client that the same user connected. */
async function connect({ stub, now }: OpenLedger, name: string): Promise<Of> {
  const of = { client: `client-${name}` as ClientId, grant: `grant-${name}` as GrantId };
  await stub.openGrant({ ...of, scopes: ["notes:read"], canWrite: false, expires: now() + 48 * HOUR });
  return of;
}

/** How many of the calls of a flood ran, and what the last one was told. */
async function flood(ledger: OpenLedger, of: Of, budget: Budget, times: number) {
  let ran = 0;
  let last: object | undefined;
  for (let i = 0; i < times; i++) {
    const answer = await call(ledger, admission({ ...of, budget, digest: `${of.client} ${i}` }));
    if (answer.said === "ran") ran += 1;
    else last = answer.denial;
  }
  return { ran, last };
}

test("a client that has used up its minute or its day takes nothing from another, and all of them have a limit", async () => {
  const ledger = await openLedger();
  const others = [await connect(ledger, "2"), await connect(ledger, "3"), await connect(ledger, "4")];
  const late = await connect(ledger, "5");
  const minute = { ...WIDE, perMinute: 3 };
  const over = { reason: "over-budget", per: "minute", retryAfter: 60 };
  for (const of of [FIRST, ...others]) expect(await flood(ledger, of, minute, 5)).toEqual({ ran: 3, last: over });
  // Four at their limit are what a user has; how long a fifth waits says nothing of when they called.
  await ledger.advance(30_000);
  expect(await flood(ledger, late, minute, 1)).toEqual({ ran: 0, last: over });
  expect((await flood(ledger, FIRST, minute, 1)).last).toEqual({ ...over, retryAfter: 30 });
  await ledger.advance(MINUTE);
  expect((await flood(ledger, late, minute, 1)).ran).toBe(1);

  // Two more make each client's day; the late one's call is missing in the total when the last of them comes.
  const day = { ...WIDE, perDay: 5 };
  for (const [who, of] of [FIRST, ...others].entries()) {
    const ran = who === 3 ? 1 : 2;
    expect(await flood(ledger, of, day, 5)).toMatchObject({ ran, last: { reason: "over-budget", per: "day" } });
  }
});

test("what each client has spent survives a sleep of the ledger", async () => {
  const ledger = await openLedger();
  const other = await connect(ledger, "2");
  const budget = { ...WIDE, perMinute: 3, perDay: 5 };
  await flood(ledger, FIRST, budget, 3);
  await evictDurableObject(ledger.stub);
  await ledger.setClock();
  expect((await flood(ledger, FIRST, budget, 1)).ran).toBe(0);
  expect((await flood(ledger, other, budget, 5)).ran).toBe(3);
});

test("the loop breaker of one client neither stops another nor tells it that the call was made", async () => {
  const ledger = await openLedger();
  const other = await connect(ledger, "2");
  const budget = { ...WIDE, repeats: 5 };
  const same = (of: Of) => said(ledger, admission({ ...of, budget, digest: "the same" }));
  for (let i = 0; i < 5; i++) expect(await same(FIRST)).toBe("ran");
  expect(await same(FIRST)).toBe("loop");
  for (let i = 0; i < 5; i++) expect(await same(other)).toBe("ran");
  expect(await same(other)).toBe("loop");
});

test("a client that asks too much neither stops the questions of another nor has them refused, and there is a limit for all", async () => {
  const ledger = await openLedger();
  const budget = { perMinute: 4, perDay: 5, repeats: 100 };
  const ask = async (of: Of, name: string) => call(ledger, erasure(name, { ...of, budget }));
  const others = [await connect(ledger, "2"), await connect(ledger, "3"), await connect(ledger, "4")];
  const late = await connect(ledger, "5");
  for (const of of [FIRST, ...others]) {
    for (const name of ["a", "b", "c"]) expect((await ask(of, name)).said).toBe("approval-required");
    expect((await ask(of, "d")).denial).toEqual({ reason: "too-many-asks" });
  }
  expect((await ask(late, "a")).denial).toEqual({ reason: "too-many-asks" });
  // What was decided makes room, and the day of one client is not another's.
  for (const { id, state } of await ledger.stub.approvals()) {
    if (state === "waiting") expect(await ledger.stub.decideApproval(id, false, ledger.now())).toBe("refused");
  }
  await ledger.advance(6 * MINUTE);
  for (const name of ["e", "f"]) expect((await ask(FIRST, name)).said).toBe("approval-required");
  expect((await ask(FIRST, "g")).denial).toMatchObject({ reason: "over-budget", per: "day" });
  expect((await ask(late, "a")).said).toBe("approval-required");
});

test("a no to one client is no answer to another: it is asked about anew, and learns nothing", async () => {
  const ledger = await openLedger();
  const other = await connect(ledger, "2");
  const { id } = await call(ledger, erasure("d", FIRST));
  expect(await ledger.stub.decideApproval(id, false, ledger.now())).toBe("refused");
  expect(await said(ledger, erasure("d", FIRST))).toBe("approval-refused");
  const asked = await call(ledger, erasure("d", other));
  expect(asked.said).toBe("approval-required");
  await approve(ledger, asked.id);
  expect(await said(ledger, erasure("d", FIRST))).toBe("approval-refused");
  expect(await said(ledger, erasure("d", other))).toBe("ran");
});

test("a client that opens sessions without end ends its own, the one unused for longest first, and nobody else's", async () => {
  const ledger = await openLedger();
  const { stub, advance } = ledger;
  const other = await connect(ledger, "2");
  const lives = async (session: string, of: Of) => !("denial" in (await stub.standing({ ...admission(of), session })));
  await stub.openSession("other", other);
  for (let i = 0; i < 25; i++) {
    await advance(1);
    await stub.openSession(`first-${i}`, FIRST);
  }
  expect(await lives("other", other)).toBe(true);
  const alive = await Promise.all(Array.from({ length: 25 }, (_, i) => lives(`first-${i}`, FIRST)));
  expect(alive).toEqual([...Array(5).fill(false), ...Array(20).fill(true)]);
});

test("when the sessions of all clients are too many, who opens another ends one of its own, or one of anyone who has most", async () => {
  const ledger = await openLedger();
  const { stub, advance } = ledger;
  const lives = async (session: string, of: Of) => !("denial" in (await stub.standing({ ...admission(of), session })));
  const open = async (session: string, of: Of) => {
    await advance(1);
    await stub.openSession(session, of);
  };
  const few = await connect(ledger, "few");
  await open("few-0", few);
  await open("few-1", few);
  const many = [FIRST];
  for (let i = 0; i < 4; i++) many.push(await connect(ledger, `m${i}`));
  for (const [who, of] of many.entries()) for (let i = 0; i < (who === 0 ? 20 : 19); i++) await open(`${who}-${i}`, of);
  await open("few-2", few);
  await open("few-3", few);
  await open("few-4", few);
  expect([await lives("few-0", few), await lives("few-4", few), await lives("0-0", FIRST)]).toEqual([
    false,
    true,
    true,
  ]);
  const late = await connect(ledger, "late");
  await open("late", late);
  expect([await lives("late", late), await lives("0-0", FIRST), await lives("0-1", FIRST)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(await lives("few-1", few)).toBe(true);
});

test("a denial of one client in between does not change what another is told of its own", async () => {
  const ledger = await openLedger();
  const other = await connect(ledger, "2");
  const deny = async (of: Of, step: number) =>
    ledger.stub.deny({ ...admission({ ...of, step }), tool: "write_note", reason: "missing-scope" });
  expect(await deny(FIRST, 0)).toEqual({ again: false });
  expect(await deny(other, 0)).toEqual({ again: false });
  expect(await deny(FIRST, 1)).toEqual({ again: true });
  expect(await deny(other, 1)).toEqual({ again: true });
});
