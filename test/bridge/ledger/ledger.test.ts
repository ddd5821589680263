import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { expect, test } from "vitest";
import { canonical } from "../../../src/bridge/gate/canonical.ts";
import type { ClientId, GrantId } from "../../../src/bridge/gate/principal.ts";
import { GENESIS, linkHash } from "../../../src/bridge/ledger/chain.ts";
import { admission, GRANT, HOUR, opening, openLedger, outcome } from "./ledgers.ts";

test("every admission gets exactly one outcome, whichever comes first, the run or the alarm", async () => {
  const { stub, advance, kinds } = await openLedger();
  const first = await stub.admit(admission());
  const second = await stub.admit(admission());
  if ("denial" in first || "denial" in second) throw new Error("not admitted");
  await stub.recordOutcomes([{ ...outcome, of: first.seq }]);
  await stub.recordOutcomes([{ ...outcome, of: first.seq }]);
  await stub.recordOutcomes([{ ...outcome, of: 999 }]);
  expect(await kinds()).toEqual(["grant-opened", "admission", "admission", "settlement"]);

  await advance(30_000);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  await stub.recordOutcomes([{ ...outcome, of: second.seq }]);
  const outcomes = (await stub.events()).filter(({ event }) => event.kind === "settlement").map(({ event }) => event);
  expect(outcomes).toMatchObject([
    { of: first.seq, outcome: "ok" },
    { of: second.seq, outcome: "unknown" },
  ]);
});

test("each hash covers the one before it and the whole entry", async () => {
  const { stub } = await openLedger();
  await stub.admit(admission());
  await stub.deny({ ...admission(), reason: "missing-scope" });
  let previous = GENESIS;
  for (const { hash, ...entry } of await stub.events()) {
    expect(linkHash(previous, entry)).toBe(hash);
    previous = hash;
  }
  expect(await stub.signedHead()).toMatchObject({ seq: 3, hash: previous });
  const [opened] = await stub.events();
  if (opened === undefined) throw new Error("no events");
  const { hash, ...entry } = opened;
  expect(linkHash(GENESIS, { ...entry, at: entry.at + 1 })).not.toBe(hash);
});

test("an admission that was made before the object was evicted is settled by its alarm", async () => {
  const { stub, advance, kinds } = await openLedger();
  await stub.admit(admission());
  await evictDurableObject(stub);
  expect(await kinds()).toEqual(["grant-opened", "admission"]);
  await advance(30_000);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(await kinds()).toEqual(["grant-opened", "admission", "settlement"]);
});

test("after a revoke returns nothing of that grant is admitted, refused for another reason, or in good standing", async () => {
  const { stub, kinds, alive } = await openLedger();
  expect(await stub.standing(admission())).toEqual({ blocked: [] });
  expect(await stub.revoke(GRANT)).toBe(1);
  expect(await stub.admit(admission())).toEqual({ denial: { reason: "grant-ended" } });
  expect(await stub.deny({ ...admission(), reason: "missing-scope" })).toEqual({ denial: { reason: "grant-ended" } });
  expect(await stub.standing(admission())).toEqual({ denial: { reason: "grant-ended" } });
  expect(await alive()).toEqual([]);
  expect(await stub.revoke(GRANT)).toBe(0);
  expect(await kinds()).not.toContain("admission");
});

test("a grant that the ledger never heard of, or whose time is over, is as dead as an ended one", async () => {
  const { stub, advance } = await openLedger();
  expect(await stub.admit(admission({ grant: "made-up-grant" as GrantId }))).toEqual({
    denial: { reason: "grant-ended" },
  });
  await advance(48 * HOUR);
  expect(await stub.admit(admission())).toEqual({ denial: { reason: "grant-ended" } });
});

test("a new grant of the same registered client ends the old one; a client that is a URL may have several installations", async () => {
  const { stub, alive } = await openLedger();
  const [second, third, fourth] = ["grant-02", "grant-03", "grant-04"] as [GrantId, GrantId, GrantId];
  expect(await stub.openGrant(opening({ grant: second }))).toEqual({ replaced: [GRANT] });
  expect(await alive()).toEqual([second]);
  const published = "https://app.example/client.json" as ClientId;
  for (const grant of [third, fourth])
    expect(await stub.openGrant(opening({ grant, client: published }))).toEqual({ replaced: [] });
  expect(new Set(await alive())).toEqual(new Set([second, third, fourth]));
});

test("a flood of one denial is one event and one growing count", async () => {
  const { stub, advance } = await openLedger();
  for (let i = 0; i < 100; i++) await stub.deny({ ...admission(), reason: "missing-scope" });
  await stub.deny({ ...admission(), reason: "invalid-arguments" });
  const denials = async () =>
    (await stub.events()).flatMap(({ event }) => (event.kind === "denial" ? [[event.reason, event.count]] : []));
  expect(await denials()).toEqual([
    ["missing-scope", 1],
    ["invalid-arguments", 1],
  ]);
  await advance(60_000);
  await runDurableObjectAlarm(stub);
  expect(await denials()).toContainEqual(["missing-scope", 99]);
});

test("an argument's digest is keyed: the same text in two ledgers reads differently, and in one the same", async () => {
  const [one, two] = [await openLedger(), await openLedger()];
  const digestOf = async ({ stub }: typeof one) => {
    await stub.admit(admission({ digest: "sha-256-of-something" }));
    return (await stub.events()).flatMap(({ event }) => (event.kind === "admission" ? [event.args] : [])).at(-1);
  };
  const [first, again, other] = [await digestOf(one), await digestOf(one), await digestOf(two)];
  expect(again).toBe(first);
  expect(other).not.toBe(first);
  expect(canonical(await one.stub.events())).not.toContain("sha-256-of-something");
});

test("100 calls at once are 100 admissions with 100 numbers", async () => {
  const { stub } = await openLedger();
  const answers = await Promise.all(Array.from({ length: 100 }, () => stub.admit(admission())));
  const numbers = answers.map((answer) => ("seq" in answer ? answer.seq : 0));
  expect(new Set(numbers).size).toBe(100);
  expect(Math.min(...numbers)).toBe(2);
});
