// The documents of docs/ name what there is of the bridge: files, commands, decisions and settings. What they say of them is for users to
// check. What they name of an app's is an adopter's to rename (test/template looks at it here).

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { OF_WORDS } from "../../../scripts/settings.ts";
import { ROOT } from "../../../scripts/wrangler.ts";
import { LISTS } from "../../../src/bridge/app/entitlements.ts";
import { ROOM_SETTINGS } from "../../../src/bridge/fragments.ts";
import { BASE } from "../../../src/bridge/settings.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const DOCS = globSync("docs/**/*.md", { cwd: ROOT }).map((file) => ({ file, text: read(file) }));

/** Every match of the first group, with the document that it stands in. */
function named(pattern: RegExp): readonly { readonly file: string; readonly name: string }[] {
  return DOCS.flatMap(({ file, text }) => [...text.matchAll(pattern)].map(([, name = ""]) => ({ file, name })));
}

test("every path of the bridge that a document names is there", () => {
  const paths = named(/(?<![\w/.])((?:test\/bridge|src\/bridge|scripts|docs)\/[\w./*-]*[\w/])/g);
  expect(paths.length).toBeGreaterThan(100);
  const missing = paths.filter(({ name }) => globSync(name, { cwd: ROOT }).length === 0);
  expect(missing).toEqual([]);
});

test("every link and picture between the documents leads to a file", () => {
  const links = named(/(?:\]\(|src=")(?!https?:)([\w-]*[./][\w./-]*)/g);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter(({ file, name }) => !existsSync(join(ROOT, dirname(file), name)))).toEqual([]);
});

test("every command that a document names is a script of package.json", () => {
  const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  const commands = named(/npm run ([\w:]+)/g);
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.filter(({ name }) => !Object.hasOwn(scripts, name))).toEqual([]);
});

test("the spine is what docs/architecture.md says it is, and no longer", () => {
  const [, rooms = "", lines = ""] =
    /^The spine is (.*?),\s+fewer than ([\d,]+) lines/ms.exec(read("docs/architecture.md")) ?? [];
  const named = [...rooms.matchAll(/`(src\/[\w./]+)`/g)].map(([, name = ""]) => name);
  expect(named).toHaveLength(5);
  const files = named.flatMap((name) =>
    name.endsWith(".ts") ? [name] : globSync(`${name}/**/*.{ts,tsx}`, { cwd: ROOT }),
  );
  const length = files.reduce((sum, file) => sum + read(file).split("\n").length - 1, 0);
  expect(length).toBeGreaterThan(1_000);
  expect(length).toBeLessThan(Number(lines.replace(",", "")));
});

test("decisions are numbered without a gap, headed by their number, dated with their status, and at most 45 lines long", () => {
  const decisions = DOCS.filter(({ file }) => file.startsWith("docs/decisions/")).toSorted((a, b) =>
    a.file.localeCompare(b.file),
  );
  for (const [index, { file, text }] of decisions.entries()) {
    const number = index + 1;
    expect(file).toMatch(new RegExp(`/${String(number).padStart(4, "0")}-[a-z-]+\\.md$`));
    expect(text).toMatch(
      new RegExp(`^# ${number}\\. .+\n\n(Accepted|Rejected|Replaced by \\d{4}), \\d{4}-\\d{2}-\\d{2}\\.`),
    );
    expect([file, text.split("\n").length <= 46]).toEqual([file, true]);
  }
  const labels = named(/\[decisions\/(\d{4})\]\(decisions\/(?!\1)/g);
  expect(labels).toEqual([]);
});

test("the table of settings has every fragment that a file of src keeps", () => {
  const kept = globSync("src/bridge/**/*.{ts,tsx}", { cwd: ROOT }).flatMap((file) => [
    ...read(file).matchAll(/^export const \w+ = fragment\(/gm),
  ]);
  const all = [BASE, LISTS, ...ROOM_SETTINGS, ...Object.values(OF_WORDS)];
  expect(all).toHaveLength(kept.length);
  const [, table = ""] = /<!-- settings -->([\s\S]*)<!-- \/settings -->/.exec(read("docs/operations.md")) ?? [];
  const rows = [...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual(all.flatMap(({ settings }) => Object.keys(settings)).toSorted());
});
