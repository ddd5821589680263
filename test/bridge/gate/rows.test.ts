// Each requirement of the edge, discovery, authorization, clients, consent, sign-in and tokens has a row id, and each row that the
// design keeps has a test with the id in its title. Reads titles only: whether a test is any good is its own business.

import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROWS = [
  ...family("H", 1, 13),
  ...family("D", 1, 9),
  ...family("D", 11, 12),
  ...["A1", ...family("A", 3, 11)],
  ...["C1", "C3", ...family("C", 7, 14)],
  ...[...family("K", 1, 10), ...family("K", 12, 13)],
  ...family("U", 1, 6),
  ...[...family("T", 1, 13), ...family("T", 17, 18)],
];

/** Shown by a test whose title says it in other words, or by a command. */
const OTHERWISE: Readonly<Record<string, string>> = {
  T18: "L1, invariant 6: no token, code, cookie, secret, argument or result is in the trail, the logs, an object or KV",
};

/** Not done, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  D8: "a row of the policy has one scope, and no scope depends on an argument, so there is never a second one to name",
  K13: "no consent is remembered: docs/decisions/0005-no-remembered-consent.md",
  U6: "no token of a provider is kept (U3), so there is nothing to ask it with at a refresh; who is taken off the list is T7",
};

/** Built with the console. */
const ELSEWHERE: readonly string[] = ["T13"];

test("every row that the design keeps has a test that is named after it", () => {
  const titles = globSync("test/**/*.test.ts", { cwd: `${import.meta.dirname}/../../..` }).flatMap(titlesOf);
  const named = new Set(titles.flatMap((title) => (title.split(":")[0] ?? "").match(/\b[A-Z]\d{1,2}\b/g) ?? []));
  const known = (row: string) => row in LEFT_OUT || ELSEWHERE.includes(row) || titles.includes(OTHERWISE[row] ?? "");
  expect(ROWS.filter((row) => !named.has(row) && !known(row))).toEqual([]);
  const excused = [...Object.keys(LEFT_OUT), ...Object.keys(OTHERWISE)];
  expect(
    excused.filter((row) => named.has(row) || !ROWS.includes(row)),
    "rows that need no excuse",
  ).toEqual([]);
});

function titlesOf(path: string): readonly string[] {
  const text = readFileSync(`${import.meta.dirname}/../../../${path}`, "utf8");
  return [...text.matchAll(/\btest\(\s*["`](.*?)["`]/g)].map(([, title = ""]) => title);
}

function family(letter: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, n) => `${letter}${from + n}`);
}
