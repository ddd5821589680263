// An export is trusted for nothing: each test first verifies an honest one, then changes one thing.

import { expect, test } from "vitest";
import { loadPeople } from "../../../scripts/export.ts";
import { parseHeads, parseKey, verifyExport, verifyHeads } from "../../../scripts/verify.ts";
import type { Finding, Head } from "../../../scripts/verify-chain.ts";
import { Sequel } from "../../../scripts/verify-sequel.ts";
import { ADA, actsOf, BOB, bridgeWith, chainOf, exported, headOf, publicKey } from "./exports.ts";

const key = await publicKey();
const honest = await exported({ [ADA]: chainOf(40), [BOB]: chainOf(7) });
/** Where in `honest` an entry of Ada's stands: line 0 is her header, her entries follow. */
const line = (seq: number) => seq;

async function check(
  lines: readonly string[],
  heads: readonly Head[] = [],
  withKey = key,
): Promise<readonly Finding[]> {
  return checkText(lines.map((text) => `${text}\n`).join(""), heads, withKey);
}

async function checkText(text: string, heads: readonly Head[] = [], withKey = key): Promise<readonly Finding[]> {
  const ends = text.split(/(?<=\n)/);
  const sequel = new Sequel(heads);
  const { findings } = await verifyExport("audit.ndjson", text === "" ? [] : ends, { key: withKey, heads }, sequel);
  return [...findings, ...sequel.findings()];
}

function json(index: number): { readonly at: number; readonly event: object } {
  return JSON.parse(honest[index] ?? "null");
}

test("an honest export is sound, with a key and kept heads or without", async () => {
  const heads = [await headOf(ADA, chainOf(20)), await headOf(ADA, chainOf(40)), await headOf(BOB, chainOf(3))];
  const lines = honest.map((text) => `${text}\n`);
  const report = await verifyExport("audit.ndjson", lines, { key, heads }, new Sequel(heads));
  expect(report).toMatchObject({
    findings: [],
    sound: [
      { subject: ADA, entries: 40, kept: 2 },
      { subject: BOB, entries: 7, kept: 1 },
    ],
  });
  expect(await check(honest)).toEqual([]);
  expect(await loadPeople(bridgeWith({ [ADA]: [], [BOB]: [] }))).toEqual([ADA, BOB]);
});

test("an edited entry is named, whatever in it was edited", async () => {
  const edits: readonly ((entry: ReturnType<typeof json>) => object)[] = [
    (entry) => ({ ...entry, at: entry.at - 1 }),
    (entry) => ({ ...entry, event: { ...entry.event, tool: "read_note" } }),
    (entry) => ({ ...entry, event: { ...entry.event, more: true } }),
    (entry) => ({ ...entry, hash: "A".repeat(43) }),
  ];
  for (const edit of edits) {
    expect(await check(honest.with(line(18), JSON.stringify(edit(json(18)))))).toMatchObject([
      { subject: ADA, seq: 18 },
    ]);
  }
});

test("a dropped, a moved, a repeated and an inserted entry are each named for what they are", async () => {
  const [inserted] = chainOf(1);
  expect(await check(honest.toSpliced(line(9), 1))).toMatchObject([{ seq: 9, what: "entry 9 is missing" }]);
  expect(await check(honest.toSpliced(line(9), 3))).toMatchObject([{ seq: 9, what: "entries 9 to 11 are missing" }]);
  expect(await check(honest.with(line(9), honest[10] ?? "").with(line(10), honest[9] ?? ""))).toMatchObject([
    { seq: 9, what: expect.stringContaining("the order was changed") },
  ]);
  expect(await check(honest.toSpliced(line(9), 0, honest[9] ?? ""))).toMatchObject([
    { seq: 9, what: expect.stringContaining("twice") },
  ]);
  const forged = JSON.stringify({ ...inserted, seq: 9 });
  expect(await check(honest.toSpliced(line(9), 0, forged))).toMatchObject([{ seq: 9 }]);
});

test("a chain rewritten from one entry on, all hashes made anew, does not fit its head, and kept heads narrow down where", async () => {
  const rewritten = chainOf(40, (seq) => ({ kind: "grant-ended", grant: seq === 30 ? "other" : "g", why: "revoked" }));
  const original = chainOf(40, () => ({ kind: "grant-ended", grant: "g", why: "revoked" }));
  const lines = (await exported({ [ADA]: rewritten })).with(41, JSON.stringify({ head: await headOf(ADA, original) }));
  expect(await check(lines)).toMatchObject([{ seq: 1, what: expect.stringContaining("the signed head") }]);
  const heads = [await headOf(ADA, original.slice(0, 25)), await headOf(ADA, original.slice(0, 35))];
  expect(await check(lines, heads)).toMatchObject([
    { seq: 26, what: expect.stringContaining("one of the entries 26 to 35 was rewritten") },
  ]);
});

test("who holds the signing key can forge a chain with its head, and a head kept from before tells", async () => {
  const forged = await exported({ [ADA]: chainOf(40, () => ({ kind: "grant-ended", grant: "g", why: "revoked" })) });
  expect(await check(forged)).toEqual([]);
  expect(await check(forged, [await headOf(ADA, chainOf(12))])).toMatchObject([{ seq: 1 }]);
});

test("a tail that was cut is named, by the export's own head or, when that was replaced too, by one that was kept", async () => {
  expect(await check(honest.toSpliced(line(36), 5))).toMatchObject([
    { subject: ADA, seq: 36, what: "entries 36 to 40 are missing: the end was cut" },
  ]);
  const older = await exported({ [ADA]: chainOf(35), [BOB]: chainOf(7) });
  expect(await check(older)).toEqual([]);
  expect(await check(older, [await headOf(ADA, chainOf(38))])).toMatchObject([
    { subject: ADA, seq: 36, what: "entries 36 to 38 are missing: a head kept from earlier covers more" },
  ]);
});

test("entries after the signed head, though they follow, are not covered by it", async () => {
  const lines = honest.with(41, JSON.stringify({ head: await headOf(ADA, chainOf(38)) }));
  expect(await check(lines)).toMatchObject([{ seq: 39, what: expect.stringContaining("not covered") }]);
});

test("a head of another chain is named, in the export and beside it", async () => {
  const lines = honest.with(41, JSON.stringify({ head: await headOf(BOB, chainOf(40)) }));
  expect(await check(lines)).toMatchObject([{ subject: ADA, what: `the signed head is of another chain: ${BOB}` }]);
  const heads = [await headOf(BOB, chainOf(3))];
  expect(verifyHeads({ key, heads }, "heads.txt", new Set([ADA]))).toMatchObject([
    { subject: BOB, what: "this head is of a chain that no export has" },
  ]);
  expect(verifyHeads({ key, heads }, "heads.txt", new Set([ADA, BOB]))).toEqual([]);
});

test("a wrong key fits no head, and what is no key is not taken for one", async () => {
  const other = await publicKey("another-key-of-another-bridge-0123456789");
  const what = expect.stringContaining("does not fit the key");
  expect(await check(honest, [], other)).toMatchObject([
    { subject: ADA, what },
    { subject: BOB, what },
  ]);
  const heads = [await headOf(ADA, chainOf(3))];
  expect(verifyHeads({ key: other, heads }, "heads.txt", new Set([ADA]))).toMatchObject([{ what }]);
  for (const odd of ["", "x", "A".repeat(42), `${"A".repeat(42)}B`, "A".repeat(44), "-----BEGIN PUBLIC KEY-----"]) {
    expect(parseKey(odd)).toBeUndefined();
  }
});

test("an export that was cut is told, wherever it was cut: after every line, and inside every line", async () => {
  for (let count = 0; count < honest.length; count++) {
    expect(await check(honest.slice(0, count)), `after line ${count}`).toHaveLength(1);
  }
  const text = honest.map((one) => `${one}\n`).join("");
  for (let size = 1; size < text.length; size += 97) {
    expect(await checkText(text.slice(0, size)), `after ${size} characters`).not.toEqual([]);
  }
  expect(await checkText(text.slice(0, -1))).toMatchObject([{ what: expect.stringContaining("cut") }]);
  expect(await check(honest.toSpliced(42, 9))).toMatchObject([{ what: "there are 1 chains, and there were 2" }]);
});

test("a chain without its signed head, and anything after the end, is told", async () => {
  const what = "the chain has no signed head: its end was cut";
  expect(await check(honest.toSpliced(41, 1))).toMatchObject([{ subject: ADA, seq: 41, what }]);
  expect(await check(honest.toSpliced(50, 1))).toMatchObject([{ subject: BOB, seq: 8, what }]);
  expect(await check([...honest, ...honest])).toMatchObject([{ what: "line 53: there is something after the end" }]);
});

test("a signature has one spelling: other base64url of the same bytes does not fit", async () => {
  const head = await headOf(ADA, chainOf(40));
  const last = head.signature.at(-1) ?? "";
  const other = head.signature.slice(0, -1) + String.fromCharCode(last.charCodeAt(0) + 1);
  expect(Buffer.from(other, "base64url")).toEqual(Buffer.from(head.signature, "base64url"));
  expect(await check(honest.with(41, JSON.stringify({ head: { ...head, signature: other } })))).toHaveLength(1);
});

test("every single changed character of an export is found", async () => {
  const text = (await exported({ [ADA]: chainOf(4) })).map((one) => `${one}\n`).join("");
  expect(await checkText(text)).toEqual([]);
  for (let index = 0; index < text.length; index++) {
    const other = text[index] === "7" ? "8" : "7";
    const changed = text.slice(0, index) + other + text.slice(index + 1);
    expect(await checkText(changed), `at ${index}: ${changed.slice(index - 20, index + 5)}`).not.toEqual([]);
  }
});

test("a field that no hash covers, a name that stands twice and odd spelling are not let pass", async () => {
  const entry = honest[line(5)] ?? "";
  const odd = [
    entry.replace("{", '{"note":"covered by nothing",'),
    entry.replace("{", '{"seq":999,'),
    entry.replace("{", '{"__proto__":{"at":1},'),
    entry.replace("{", "{ "),
    entry.replace('"seq":5', '"seq":5.0'),
  ];
  for (const text of odd) {
    expect(await check(honest.with(line(5), text)), text).toMatchObject([
      { seq: 5, what: "line 6 is not as an export writes it" },
    ]);
  }
});

test("an unknown version, and what is no export, are named", async () => {
  const newer = honest.with(0, JSON.stringify({ drawbridge: "audit/2", subject: ADA }));
  expect(await check(newer)).toMatchObject([{ what: expect.stringContaining('unknown version "audit/2"') }]);
  expect(await check(honest.slice(1))).toMatchObject([{ what: "this is not an export of the audit log" }]);
  expect(await checkText("hello\n")).toMatchObject([{ what: "line 1 is not JSON" }]);
});

test("heads are found in log lines, however they were wrapped, and in older exports", async () => {
  const head = await headOf(ADA, chainOf(3));
  const logged = JSON.stringify({ at: "head", head });
  const tailed = JSON.stringify({ outcome: "ok", logs: [{ level: "log", message: [logged] }] });
  const older = (await exported({ [ADA]: chainOf(3) })).join("\n");
  for (const text of [logged, tailed, older, `2026-11-22 ${logged}`]) expect(parseHeads(text)).toEqual([head]);
  expect(parseHeads("nothing\nhere")).toEqual([]);
});

test("what operators did is a chain of the export too: edited, dropped and cut acts are named, against its head and kept ones", async () => {
  const acts = actsOf("read-only", "off", "normal", "off");
  const lines = await exported({ [ADA]: chainOf(2) }, acts);
  const ends = lines.map((text) => `${text}\n`);
  const kept = await headOf("operators", acts.slice(0, 3));
  expect(await verifyExport("audit.ndjson", ends, { key, heads: [kept] }, new Sequel([kept]))).toMatchObject({
    findings: [],
    sound: [{ subject: ADA }, { subject: "operators", entries: 4, kept: 1 }],
  });
  const at = (seq: number) => lines.findIndex((text) => text.startsWith(`{"seq":${seq},`) && text.includes("act"));
  const subject = "operators";
  const edited = (lines[at(2)] ?? "").replace("off", "normal");
  expect(await check(lines.with(at(2), edited))).toMatchObject([{ subject, seq: 2 }]);
  expect(await check(lines.toSpliced(at(2), 1))).toMatchObject([{ subject, seq: 2, what: "entry 2 is missing" }]);
  expect(await check(lines.toSpliced(at(4), 1))).toMatchObject([{ subject, seq: 4 }]);
  const rewritten = await exported({}, actsOf("read-only", "normal", "normal", "off"));
  expect(await check(rewritten)).toEqual([]);
  expect(await check(rewritten, [kept])).toMatchObject([{ subject, seq: 1 }]);
});
