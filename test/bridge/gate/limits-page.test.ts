// The numbers of docs/limits.md are those of the code: each line of its tables names the file, and the constant or member, that it was read from.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../scripts/wrangler.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const UNITS: Readonly<Record<string, number>> = {
  KiB: 1024,
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

/** A product of numbers and of other constants of the same file. */
function product(text: string, expression: string): number {
  return expression.split("*").reduce((all, factor) => {
    const word = factor.trim().replaceAll("_", "");
    return all * (/^\d+$/.test(word) ? Number(word) : constantOf(text, factor.trim()));
  }, 1);
}

function constantOf(text: string, name: string): number {
  const [, expression] = new RegExp(`\\bconst ${name} = ([^;]+);`).exec(text) ?? [];
  return expression === undefined ? Number.NaN : product(text, expression);
}

/** `NAME`, `RATE_NAME` of a wrangler.toml, or `key.member` of a route or a budget. */
function numberAt(file: string, name: string): number {
  const text = read(file);
  const [key = "", member] = name.split(".");
  if (file.endsWith(".toml")) return Number(new RegExp(`name = "${key}"[^[]*?limit = (\\d+)`).exec(text)?.[1]);
  if (member === undefined) return constantOf(text, key) * (key.endsWith("_SECONDS") ? 1000 : 1);
  const found = new RegExp(`(?:name: "${key}"|\\b${key}: \\{)[\\s\\S]*?\\b${member}: ([^,}]+)`).exec(text);
  return product(text, found?.[1]?.trim() ?? "none");
}

test("each number of the page is the one in the code", () => {
  const lines = read("docs/limits.md").match(/^\|.*\| `[^`|]+` \|$/gm) ?? [];
  const limits = lines.map((line) => {
    const [limit, by, much = "", , , from = ""] = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    const [file = "", name = ""] = from.replaceAll("`", "").split(" ");
    const [, number = "", unit = ""] = /^([\d,]+) ?(\w*)/.exec(much) ?? [];
    return {
      line: `${limit} ${by}`,
      says: Number(number.replace(",", "")) * (UNITS[unit] ?? 1),
      is: numberAt(file, name),
    };
  });
  expect(limits.length).toBeGreaterThan(40);
  expect(limits.filter(({ says, is }) => says !== is)).toEqual([]);
});
