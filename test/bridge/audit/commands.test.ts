// The operators' commands, as far as they need no bridge: impossible input, the chain of acts, what a query picks.

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { describeAct, firstBrokenAct } from "../../../scripts/acts.ts";
import { loadEntries } from "../../../scripts/export.ts";
import { literal } from "../../../scripts/operator.ts";
import { parseSince, select, table } from "../../../scripts/query.ts";
import { headPublicKey } from "../../../src/bridge/seal.ts";
import { plantTree } from "../support/adopter-tree.ts";
import { ADA, actsOf, bridgeWith, chainOf, exported, SECRET } from "./exports.ts";

/** An adopter's tree: `guard` reads the names of its tools. */
const TREE = mkdtempSync(join(tmpdir(), "drawbridge-commands-"));
plantTree(TREE);
afterAll(() => rmSync(TREE, { recursive: true, force: true }));

function run(...args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: TREE }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test("impossible switches get one line and exit code 1 or 2, before anything is touched", {
  timeout: 60_000,
}, async () => {
  const impossible = [
    [],
    ["mode"],
    ["mode", "paused"],
    ["block", "tool", "no_such_tool"],
    ["block", "tool", "x'; DROP TABLE switch; --"],
    ["block", "client", "a'b"],
    ["block", "grant", "grant-01"],
    ["freeze", "ada"],
    ["end", "grant", "x"],
    ["erase", `dbr1_${"A".repeat(22)}`],
    ["status", "--persist-to", "x", "--remote"],
    ["status", "--no-such-flag"],
    ["block", "tool", "constructor"],
    ["revoke", "ada"],
    ["end", "client", "client-01"],
    ["mode", "off", "--url", "ftp://bridge.example"],
    ["revoke", `dbr1_${"A".repeat(22)}`, "--remote", "--url", "http://bridge.example"],
  ];
  const outcomes = impossible.map(async (args) => {
    const { status, stdout, stderr } = await run("scripts/guard.ts", ...args);
    expect(stdout).toBe("");
    const misused =
      status === 2
        ? /^.+: see npm run guard -- --help\n$/
        : /^(There is no tool|.*--yes|.*--remote|.*is not a URL).*\n$/;
    expect([args.join(" "), stderr]).toEqual([args.join(" "), expect.stringMatching(misused)]);
    expect([1, 2]).toContain(status);
  });
  await Promise.all(outcomes);
});

test("impossible queries and files get one line and exit code 1 or 2, and nothing is written", {
  timeout: 60_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "drawbridge-"));
  const good = join(directory, "good.ndjson");
  writeFileSync(good, (await exported({ [ADA]: chainOf(3) })).map((line) => `${line}\n`).join(""));
  const impossible = [
    [],
    ["query", "--decision", "maybe"],
    ["query", "--since", "yesterday"],
    ["query", "--since", "2999-01-01"],
    ["query", "--user", "ada"],
    ["query", "--out", "x"],
    ["export", "extra"],
    ["verify"],
    ["verify", join(directory, "none.ndjson")],
    ["verify", good, "--key", "not-a-key"],
    ["verify", good, "--head", good.replace("good", "none")],
    ["verify", good, "--table"],
    ["verify", directory],
    ["export", "--pruned"],
    ["export", "--out"],
    ["query", "--tool", "x; DROP TABLE event"],
    ["query", "--remote", "--persist-to", directory],
  ];
  const outcomes = impossible.map(async (args) => {
    const { status, stdout, stderr } = await run("scripts/audit.ts", ...args);
    expect(stdout).toBe("");
    const misused =
      status === 2
        ? /^.+: see npm run audit:\w+ -- --help\n$/
        : /^.*(no such file|Say which|not a key|no signed head|illegal operation on a directory|--remote).*\n$/;
    expect([args.join(" "), stderr]).toEqual([args.join(" "), expect.stringMatching(misused)]);
    expect([1, 2]).toContain(status);
  });
  await Promise.all(outcomes);
  expect((await run("scripts/audit.ts", "verify", good)).status).toBe(0);
  expect(readdirSync(directory)).toEqual(["good.ndjson"]);
  rmSync(directory, { recursive: true });
});

test("a file that is cut in half, empty, of another version, for another key, or no export at all is named, with exit code 1, and stays as it was", {
  timeout: 60_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "drawbridge-"));
  const text = (await exported({ [ADA]: chainOf(9) })).map((line) => `${line}\n`).join("");
  const [own, other] = [await headPublicKey(SECRET), await headPublicKey("another-key-of-another-bridge-0123456789")];
  const files: Readonly<Record<string, readonly [string, string, RegExp]>> = {
    "good.ndjson": [text, own, /^sound {3}dbr1_\w+ {2}9 entries$/m],
    "half.ndjson": [text.slice(0, text.length / 2), own, /BROKEN .*the file was cut in the middle of line \d+/],
    "line.ndjson": [text.slice(0, text.indexOf('{"seq":6')), own, /BROKEN .*its last line is missing/],
    "empty.ndjson": ["", own, /BROKEN .*the file was cut/],
    "newer.ndjson": [text.replace("audit/1", "audit/2"), own, /BROKEN .*unknown version "audit\/2"/],
    "other-key.ndjson": [text, other, /BROKEN .*does not fit the key/],
    "page.html": ["<!doctype html>\n", own, /BROKEN .*line 1 is not JSON/],
    "other.json": ['{"a":1}\n', own, /BROKEN .*line 1 is not as an export writes it/],
    "bytes.bin": ["\0\u{fffd}\n".repeat(9), own, /BROKEN .*line 1 is not JSON/],
  };
  const outcomes = Object.entries(files).map(async ([name, [content, key, says]]) => {
    const file = join(directory, name);
    writeFileSync(file, content);
    const { status, stdout, stderr } = await run("scripts/audit.ts", "verify", file, "--key", key);
    expect(stdout, name).toMatch(says);
    expect({ status, stderr }, name).toEqual({ status: name === "good.ndjson" ? 0 : 1, stderr: "" });
    expect(readFileSync(file, "utf8"), name).toBe(content);
  });
  await Promise.all(outcomes);
  expect(readdirSync(directory).sort()).toEqual(Object.keys(files).sort());
  rmSync(directory, { recursive: true });
});

test("values that reach SQL hold nothing that could end a literal", () => {
  expect(literal('{"do":"block","client":"https://a.example/c?x=1&y=%20"}')).toMatch(/^'.*'$/);
  for (const odd of ["'", "a;b", "\\", "\n", "\0", "`", "é"]) expect(() => literal(odd)).toThrow();
});

test("an operator's act that was edited, dropped or moved breaks the chain of acts at its number", () => {
  const acts = actsOf("read-only", "off", "normal");
  expect(firstBrokenAct(acts)).toBeUndefined();
  expect(acts.map(describeAct)).toEqual(["ada  mode  read-only", "ada  mode  off", "ada  mode  normal"]);
  const [first, second, third] = acts;
  if (first === undefined || second === undefined || third === undefined) throw new Error("three acts");
  expect(firstBrokenAct([first, { ...second, act: third.act }, third])).toBe(2);
  expect(firstBrokenAct([first, { ...second, at: second.at + 1 }, third])).toBe(2);
  expect(firstBrokenAct([first, third])).toBe(2);
  expect(firstBrokenAct([second, third])).toBe(1);
});

test("a query picks by rule, grant, client, request, decision and time, all of them at once, and shows an outcome on its admission", async () => {
  const CAUSE = { request: "r", client: "c\u001b[2J", grant: "g", where: { country: "DE", asn: 1, agent: "node" } };
  const events: readonly object[] = [
    { kind: "admission", tool: "whoami", effect: "read", args: "a", ...CAUSE },
    { kind: "settlement", of: 1, outcome: "ok", ms: 4, size: 9, result: null },
    { kind: "denial", tool: "write_note", reason: "missing-scope", count: 7, ...CAUSE },
    { kind: "admission", tool: "write_note", effect: "write", args: "a", ...CAUSE },
  ];
  const chain = chainOf(4, (seq) => events[seq - 1] ?? {});
  const ask = bridgeWith({ [ADA]: chain });
  const pick = async (criteria: Parameters<typeof select>[2]) =>
    (await select(ADA, loadEntries(ask, ADA, 0, 4), criteria)).map(({ seq }) => seq);
  expect(await pick({})).toEqual([1, 3, 4]);
  expect(await pick({ decision: "admitted" })).toEqual([1, 4]);
  expect(await pick({ decision: "refused" })).toEqual([3]);
  expect(await pick({ tool: "write_note" })).toEqual([3, 4]);
  expect(await pick({ since: chain[3]?.at })).toEqual([4]);
  const by = { request: "r", client: "c\u001b[2J", grant: "g" };
  for (const [name, value] of Object.entries(by)) {
    expect(await pick({ [name]: value })).toEqual([1, 3, 4]);
    expect(await pick({ ...by, [name]: `${value}-other` })).toEqual([]);
  }
  expect(await pick({ ...by, tool: "write_note", decision: "refused" })).toEqual([3]);
  const rows = await select(ADA, loadEntries(ask, ADA, 0, 4), {});
  expect(rows[0]).toMatchObject({ outcome: { outcome: "ok", ms: 4 } });
  const shown = table(rows).split("\n");
  expect(shown).toHaveLength(4);
  expect(shown[1]).toMatch(/admitted {2}whoami +ok 4 ms +c\?\[2J +DE node$/);
  expect(shown[2]).toMatch(/refused +write_note +missing-scope ×7/);
});

test("a time is an age or a past date, and nothing else", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(parseSince("90s", now)).toBe(now - 90_000);
  expect(parseSince("2h", now)).toBe(now - 7_200_000);
  expect(parseSince("2026-11-22", now)).toBe(Date.parse("2026-11-22"));
  expect(parseSince("2026-11-22T10:00Z", now)).toBe(now - 7_200_000);
  for (const odd of ["", "2", "h", "-2h", "2w", "1e3s", "2026-13-01", "tomorrow", "2026-11-23"]) {
    expect(parseSince(odd, now)).toBeUndefined();
  }
});
