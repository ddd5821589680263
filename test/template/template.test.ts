// What holds of this template as it is published, and is an adopter's to change: its first lines, its length, what README names.

import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../scripts/wrangler.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const DOCS = ["README.md", "POLICY.md", "SECURITY.md", ...globSync("docs/**/*.md", { cwd: ROOT })].map((file) => ({
  file,
  text: read(file),
}));

/** Every match of the first group, with the document that it stands in. */
function named(pattern: RegExp): readonly { readonly file: string; readonly name: string }[] {
  return DOCS.flatMap(({ file, text }) => [...text.matchAll(pattern)].map(([, name = ""]) => ({ file, name })));
}

test("what is an adopter's says so in its first line, and is at most 600 lines in all", () => {
  const files = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => !file.startsWith(join("src", "bridge")));
  const texts = files.map((file) => [file, readFileSync(join(ROOT, file), "utf8")] as const);
  expect(texts.filter(([, text]) => !text.startsWith("// Yours: ")).map(([file]) => file)).toEqual([]);
  expect(texts.length).toBeGreaterThan(10);
  expect(texts.reduce((sum, [, text]) => sum + text.split("\n").length - 1, 0)).toBeLessThanOrEqual(600);
});

test("every path and link that README or a document names is there", () => {
  const paths = named(/(?<![\w/.])((?:test|src|scripts|docs|migrations)\/[\w./*-]*[\w/])/g);
  expect(paths.length).toBeGreaterThan(100);
  // What docs/upgrading.md and the cookbook name is there once a recipe was added.
  const later = /^(src\/(capabilities\/orders|tools\/count-words)\.ts|test\/app)/;
  const missing = paths.filter(({ name }) => !later.test(name) && globSync(name, { cwd: ROOT }).length === 0);
  expect(missing).toEqual([]);
  const links = named(/(?:\]\(|src=")(?!https?:)([\w-]*[./][\w./-]*)/g);
  expect(links.filter(({ file, name }) => !existsSync(join(ROOT, dirname(file), name)))).toEqual([]);
  const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  expect(named(/npm run ([\w:]+)/g).filter(({ name }) => !Object.hasOwn(scripts, name))).toEqual([]);
});

test("every picture stands in a document", () => {
  const shown = named(/(?:\]\(|src=")[\w./-]*?images\/([\w.-]+)/g).map(({ name }) => name);
  const pictures = readdirSync(join(ROOT, "docs/images"));
  expect(pictures.length).toBeGreaterThan(20);
  expect(pictures.filter((name) => !shown.includes(name))).toEqual([]);
});

test("wrangler.toml lets nothing but the files of src/bridge/left-out stand in for a package", () => {
  const [, aliases = ""] = readFileSync(join(ROOT, "wrangler.toml"), "utf8").split("\n[alias]\n");
  const lines = (aliases.split("\n\n")[0] ?? "").split("\n");
  const targets = new Set(lines.map((line) => /= "([^"]+)"/.exec(line)?.[1]));
  expect([...targets].toSorted()).toEqual(["./src/bridge/left-out/locales.ts", "./src/bridge/left-out/never.ts"]);
});
