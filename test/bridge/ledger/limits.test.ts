import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test, vi } from "vitest";
import { canonical } from "../../../src/bridge/gate/canonical.ts";
import type { GrantId } from "../../../src/bridge/gate/principal.ts";
import type { Budget } from "../../../src/bridge/gate/rule.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { headPublicKey } from "../../../src/bridge/seal.ts";
import { takeErrors } from "../support/log.ts";
import { bindings } from "../support/worker.ts";
import { admission, CLIENT, GRANT, openLedger, outcome } from "./ledgers.ts";

const TIGHT: Budget = { perMinute: 10, perDay: 25, repeats: 1000 };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

beforeEach(async () => {
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
});

function reasons(answers: readonly object[]): string[] {
  return answers.map((answer) => ("denial" in answer ? (answer.denial as { reason: string }).reason : "admitted"));
}

test("a hundred calls at once against a budget of ten admit exactly ten, and say when to try again", async () => {
  const { stub, advance } = await openLedger();
  const calls = (tool: string) =>
    Promise.all(Array.from({ length: 100 }, (_, i) => stub.admit(admission({ tool, budget: TIGHT, digest: `d${i}` }))));
  const answers = await calls("search_notes");
  expect(reasons(answers).filter((reason) => reason === "admitted")).toHaveLength(10);
  expect(answers[99]).toMatchObject({ denial: { reason: "over-budget", per: "minute", retryAfter: 60 } });
  expect(reasons(await calls("read_note")).filter((reason) => reason === "admitted")).toHaveLength(10);
  await advance(MINUTE);
  expect(reasons(await calls("search_notes")).filter((reason) => reason === "admitted")).toHaveLength(10);
  await advance(MINUTE);
  const last = await calls("search_notes");
  expect(reasons(last).filter((reason) => reason === "admitted")).toHaveLength(5);
  expect(last[99]).toMatchObject({ denial: { reason: "over-budget", per: "day" } });
  await advance(DAY);
  expect(reasons(await calls("search_notes"))).toContain("admitted");
});

test("a budget survives the eviction of its ledger in the middle of a minute", async () => {
  const { stub, setClock } = await openLedger();
  for (let i = 0; i < 10; i++) await stub.admit(admission({ budget: TIGHT, digest: `d${i}` }));
  await evictDurableObject(stub);
  await setClock();
  expect(await stub.admit(admission({ budget: TIGHT, digest: "new" }))).toMatchObject({
    denial: { reason: "over-budget" },
  });
});

test("the very same call is refused from the sixth time in a minute on; another one is not", async () => {
  const { stub, advance } = await openLedger();
  const budget = { ...TIGHT, repeats: 5 };
  const answers = [];
  for (let i = 0; i < 6; i++) answers.push(await stub.admit(admission({ budget })));
  expect(reasons(answers)).toEqual(["admitted", "admitted", "admitted", "admitted", "admitted", "loop"]);
  expect(reasons([await stub.admit(admission({ budget, digest: "other" }))])).toEqual(["admitted"]);
  await advance(MINUTE);
  expect(reasons([await stub.admit(admission({ budget }))])).toEqual(["admitted"]);
});

test("each switch holds within five seconds of being set, and what it does not name goes on", async () => {
  const { stub, subject, advance } = await openLedger();
  const write = { tool: "write_note", effect: "write" } as const;
  const outcome = async () =>
    reasons([await stub.admit(admission()), await stub.admit(admission(write)), await stub.standing(admission())]);
  expect(await outcome()).toEqual(["admitted", "admitted", "admitted"]);
  const during = async (kind: string, value: string) => {
    await bindings.CONTROL.prepare("INSERT INTO switch (kind, value) VALUES (?, ?)").bind(kind, value).run();
    await advance(5_000);
    const seen = await outcome();
    await bindings.CONTROL.prepare("DELETE FROM switch").run();
    await advance(5_000);
    expect(await outcome()).toEqual(["admitted", "admitted", "admitted"]);
    return seen;
  };
  expect(await during("mode", "off")).toEqual(["switched-off", "switched-off", "switched-off"]);
  expect(await during("mode", "read-only")).toEqual(["admitted", "switched-off", "admitted"]);
  expect(await during("tool", "write_note")).toEqual(["admitted", "switched-off", "admitted"]);
  expect(await during("client", CLIENT)).toEqual(["grant-ended", "grant-ended", "grant-ended"]);
  expect(await during("grant", GRANT)).toEqual(["grant-ended", "grant-ended", "grant-ended"]);
  expect(await during("subject", subject)).toEqual(["frozen", "frozen", "frozen"]);
  expect(await during("subject", "dbr1_somebody_else")).toEqual(["admitted", "admitted", "admitted"]);
});

test("switches that cannot be read, or hold something unknown, stop everything until they can", async () => {
  const { stub, advance } = await openLedger();
  const outcome = async () => reasons([await stub.admit(admission()), await stub.standing(admission())]);
  await bindings.CONTROL.prepare("ALTER TABLE switch RENAME TO gone").run();
  await advance(5_000);
  expect(await outcome()).toEqual(["ledger-unreachable", "ledger-unreachable"]);
  await bindings.CONTROL.prepare("ALTER TABLE gone RENAME TO switch").run();
  expect(await outcome()).toEqual(["admitted", "admitted"]);
  await bindings.CONTROL.prepare("INSERT INTO switch (kind, value) VALUES ('mode', 'paused')").run();
  await advance(5_000);
  expect(await outcome()).toEqual(["ledger-unreachable", "ledger-unreachable"]);
  expect(takeErrors(), "each look at them is logged").toHaveLength(4);
});

test("the head is signed, hourly while there is something new, by a key whose public half verifies it", async () => {
  const { stub, advance } = await openLedger();
  const { signature, ...head } = await stub.signedHead();
  const secret = (bindings as unknown as { SUBJECT_KEY: string }).SUBJECT_KEY;
  const jwk = { kty: "OKP", crv: "Ed25519", x: await headPublicKey(secret) };
  const key = await crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["verify"]);
  const bytes = Uint8Array.from(atob(signature.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
    char.charCodeAt(0),
  );
  const verifies = (text: string) => crypto.subtle.verify("Ed25519", key, bytes, new TextEncoder().encode(text));
  expect(await verifies(canonical(head))).toBe(true);
  expect(await verifies(canonical({ ...head, seq: head.seq + 1 }))).toBe(false);

  const lines = vi.spyOn(console, "log");
  const logged = () => lines.mock.calls.filter(([line]) => String(line).includes('"at":"head"')).length;
  await advance(60 * MINUTE);
  await runDurableObjectAlarm(stub);
  expect(logged()).toBe(1);
  await advance(60 * MINUTE);
  await runDurableObjectAlarm(stub);
  expect(logged()).toBe(1);
});

test("erasing a user ends their grants, makes their digests unmatchable, and leaves a chain that verifies", async () => {
  const { stub, verify, alive } = await openLedger();
  const digests = async () =>
    (await stub.events()).flatMap(({ event }) => (event.kind === "admission" ? [event.args] : []));
  await stub.admit(admission());
  await stub.admit(admission());
  expect(new Set(await digests()).size).toBe(1);
  await stub.erase();
  expect(await alive()).toEqual([]);
  await stub.openGrant({
    grant: "grant-02" as GrantId,
    client: CLIENT,
    scopes: [],
    canWrite: false,
    expires: Date.now() + DAY,
  });
  await stub.admit(admission({ grant: "grant-02" as GrantId }));
  expect(new Set(await digests()).size).toBe(2);
  await runInDurableObject(stub, (_: Ledger, state) => {
    expect(state.storage.sql.exec("SELECT * FROM secret").toArray()).toHaveLength(1);
  });
  await verify();
});

test("a second outcome, and one for an admission that never was, are dropped", async () => {
  const { stub } = await openLedger();
  await stub.recordOutcomes([{ ...outcome, of: 7 }]);
  expect((await stub.events()).map(({ event }) => event.kind)).toEqual(["grant-opened"]);
});
