// Segments of the archive, as anyone who holds the bucket could change them: each test first verifies the honest set, then
// changes one thing, and `npm run audit:verify` names it and ends with 1.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExportedEntry } from "../../../scripts/export.ts";
import { segmentText } from "../../../src/bridge/archive/segment.ts";
import type { Event } from "../../../src/bridge/gate/event.ts";
import { headPublicKey } from "../../../src/bridge/seal.ts";
import { ADA, BOB, chainOf, headOf, SECRET } from "./exports.ts";

const folder = mkdtempSync(join(tmpdir(), "drawbridge-segments-"));
afterAll(() => rmSync(folder, { recursive: true }));

const chain = chainOf(40);
let honest: readonly string[] = [];
let keyText = "";
beforeAll(async () => {
  honest = await segmentsOf(ADA, chain, 1, 11, 21, 31);
  keyText = await headPublicKey(SECRET);
});

/** A chain as the archive keeps it: a segment from each of these numbers on. */
async function segmentsOf(
  subject: string,
  entries: readonly ExportedEntry[],
  ...from: readonly number[]
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const [index, first] of from.entries()) {
    const last = (from[index + 1] ?? entries.length + 1) - 1;
    const after = first === 1 ? null : await headOf(subject, entries.slice(0, first - 1));
    const part = entries.slice(first - 1, last).map((entry) => ({ ...entry, event: entry.event as object as Event }));
    texts.push(segmentText(after, part, await headOf(subject, entries.slice(0, last))));
  }
  return texts;
}

/** What the command says of these segments, in this order. */
async function verify(texts: readonly string[], ...more: readonly string[]) {
  const files = texts.map((text, index) => {
    const file = join(mkdtempSync(join(folder, "set-")), `${index}.ndjson`);
    writeFileSync(file, text);
    return file;
  });
  const { status, said } = await run("verify", ...files, "--key", keyText, ...more);
  const broken = said.split("\n").filter((line) => line.startsWith("BROKEN"));
  return { status, broken: broken.map((line) => line.replace(/ {2}\(.*\)$/, "").slice("BROKEN  ".length)), said };
}

function run(...args: readonly string[]): Promise<{ readonly status: number; readonly said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["scripts/audit.ts", ...args], (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, said: `${stdout}${stderr}` }),
    );
  });
}

async function named(texts: readonly string[], ...findings: readonly string[]): Promise<void> {
  const { status, broken } = await verify(texts);
  expect({ status, broken }).toEqual({ status: 1, broken: findings.map((what) => `${ADA}  ${what}`) });
}

test("an honest set is sound, whole or up to any segment, and so is the export of a pruned ledger after it", {
  timeout: 60_000,
}, async () => {
  for (const count of [1, 2, 3, 4])
    expect(await verify(honest.slice(0, count))).toMatchObject({ status: 0, broken: [] });
  const [export_ = ""] = (await segmentsOf(ADA, chain, 1, 21)).slice(1);
  expect(await verify([...honest.slice(0, 2), export_])).toMatchObject({ status: 0, broken: [] });
  expect((await verify([...honest.slice(0, 3), export_])).status).toBe(0);
  expect((await verify([export_])).broken).toEqual([
    `${ADA}  at 1  entries 1 to 20 are missing: this begins after them; give the archive's segments too, or --pruned when there are none`,
  ]);
  const alone = await verify([export_], "--pruned");
  expect(alone.status).toBe(0);
  expect(alone.said).toContain(`sound   ${ADA}  21 to 40`);
});

test("an edited segment is named at its first bad entry", async () => {
  const edited = (honest[1] ?? "").replace('"reason":"missing-scope"', '"reason":"invalid-arguments"');
  await named(honest.with(1, edited), "at 12  entry 12 was changed, or does not follow from the one before it");
});

test("a dropped segment is named: the first, one in the middle, and the last against a head kept from before", {
  timeout: 60_000,
}, async () => {
  await named(
    honest.slice(1),
    "at 1  entries 1 to 10 are missing: this begins after them; give the archive's segments too, or --pruned when there are none",
  );
  await named(honest.toSpliced(2, 1), "at 21  entries 21 to 30 are missing: this begins after them");
  const heads = join(folder, "heads.txt");
  writeFileSync(heads, JSON.stringify({ at: "head", head: await headOf(ADA, chain.slice(0, 35)) }));
  expect((await verify(honest, "--head", heads)).status).toBe(0);
  expect(await verify(honest.slice(0, 3), "--head", heads)).toMatchObject({
    status: 1,
    broken: [`${ADA}  at 31  entries 31 to 35 are missing: a head kept from earlier covers more`],
  });
  // --pruned forgives a beginning, and no hole.
  expect((await verify(honest.toSpliced(2, 1), "--pruned")).status).toBe(1);
});

test("segments in another order are named, and so is one that stands there twice in parts", {
  timeout: 60_000,
}, async () => {
  const [one = "", two = "", three = "", four = ""] = honest;
  await named([one, three, two, four], "at 11  entry 11 stands in a later file: the order was changed");
  await named([two, one], "at 1  entry 1 stands in a later file: the order was changed");
  const [, overlap = ""] = await segmentsOf(ADA, chain, 1, 16);
  await named(
    [one, two, overlap],
    "at 16  entry 16 stands there twice, or was put in: a file before this one has it too",
  );
});

test("a wrong head is named: at the end of a segment, at its beginning, of another chain, by another key", {
  timeout: 60_000,
}, async () => {
  const [one = "", two = "", ...rest] = honest;
  const bobs = await headOf(BOB, chain.slice(0, 20));
  const forged = await headOf(ADA, chain.slice(0, 20), "another-key-of-another-bridge-0123456789");
  const last = two.trimEnd().split("\n").at(-2) ?? "";
  const withHead = (head: object) => two.replace(last, JSON.stringify({ head }));
  await named([one, withHead(bobs), ...rest], `at 20  the signed head is of another chain: ${BOB}`);
  await named(
    [one, withHead(forged), ...rest],
    "at 11  the head's signature does not fit the key: a forged head, or the wrong key",
  );
  const other = chainOf(40, () => ({ kind: "grant-ended", grant: "other", why: "revoked" }));
  const [, fromAnother = ""] = await segmentsOf(ADA, other, 1, 11);
  await named([one, fromAnother], "at 11  this does not follow from the file before it: hash 10 is another one there");
  const header = two.split("\n")[0] ?? "";
  const after = await headOf(ADA, chain.slice(0, 10), "another-key-of-another-bridge-0123456789");
  await named(
    [one, two.replace(header, JSON.stringify({ drawbridge: "audit/1", subject: ADA, after })), ...rest],
    "at 11  the head that it follows has a signature that does not fit the key",
  );
});

test("a segment that was cut is named, and nothing is taken for it", async () => {
  const [one = "", two = ""] = honest;
  const { status, broken } = await verify([one, two.slice(0, two.length / 2)]);
  expect(status).toBe(1);
  expect(broken).toMatchObject([expect.stringContaining("the file was cut in the middle of line")]);
});
