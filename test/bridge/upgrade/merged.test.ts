// The pure parts of an upgrade: pins and wrangler.toml three ways, versions, and what a changelog says.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { differencesOf, mergePins, withManifest } from "../../../scripts/pins.ts";
import { compareVersions, releasesBetween } from "../../../scripts/versions.ts";
import { ROOT } from "../../../scripts/wrangler.ts";
import { gainsOf } from "../../../scripts/wrangler-needs.ts";

test("a pin is bumped, added or taken away where the adopter has what the bridge had, in each section", () => {
  for (const section of [
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "overrides",
    "scripts",
    "engines",
  ]) {
    const was = { [section]: { a: "1.0.0", gone: "1.0.0" } };
    const is = { [section]: { a: "2.0.0", new: "1.0.0" } };
    const { manifest, changed, kept } = mergePins(was, is, { ...was, name: "orders" });
    expect(manifest).toEqual({ ...is, name: "orders" });
    expect(changed).toEqual([
      `${section}: a 1.0.0 → 2.0.0`,
      `${section}: gone 1.0.0 → absent`,
      `${section}: new absent → 1.0.0`,
    ]);
    expect(kept).toEqual([]);
  }
});

test("what the adopter pinned, removed or added for themselves stays, and is said where the bridge moved", () => {
  const was = { dependencies: { a: "1.0.0", b: "1.0.0", c: "1.0.0" } };
  const is = { dependencies: { a: "2.0.0", b: "2.0.0", c: "1.0.0", d: "1.0.0" } };
  const own = { dependencies: { a: "1.5.0", c: "9.0.0", d: "0.1.0", mine: "1.0.0" } };
  const { manifest, changed, kept } = mergePins(was, is, own);
  expect(manifest).toEqual(own);
  expect(changed).toEqual([]);
  expect(kept.join("\n")).toMatch(/a stays 1\.5\.0.*\n.*b stays absent.*\n.*d stays 0\.1\.0/);
});

test("a package that moves to another section moves; one that the adopter has elsewhere is not doubled", () => {
  const was = { devDependencies: { a: "1.0.0" } };
  const is = { dependencies: { a: "1.0.0", b: "1.0.0" } };
  const moved = mergePins(was, is, { devDependencies: { a: "1.0.0", b: "2.0.0" } });
  expect(moved.manifest).toEqual({ dependencies: { a: "1.0.0" }, devDependencies: { b: "2.0.0" } });
  expect(moved.kept).toHaveLength(1);
});

test("new packages stand where npm would put them, and the file keeps its indent and line ends", () => {
  const { manifest } = mergePins({}, { dependencies: { b: "1.0.0" } }, { dependencies: { a: "1.0.0", c: "1.0.0" } });
  expect(withManifest('{\r\n\t"x": 1\r\n}\r\n', manifest)).toBe(
    '{\r\n\t"dependencies": {\r\n\t\t"a": "1.0.0",\r\n\t\t"b": "1.0.0",\r\n\t\t"c": "1.0.0"\r\n\t}\r\n}\r\n',
  );
});

test("a check names each pin that differs, and none that is only elsewhere or more", () => {
  const bridge = { dependencies: { a: "1.0.0", b: "1.0.0", c: "1.0.0" }, scripts: { check: "x" } };
  const own = { dependencies: { a: "1.0.0", b: "2.0.0", mine: "1.0.0" }, devDependencies: { c: "1.0.0" } };
  expect(differencesOf(bridge, own)).toEqual([
    "dependencies: b is 2.0.0 and the bridge's is 1.0.0",
    "scripts: check is absent and the bridge's is x",
  ]);
});

const A = '[[kv_namespaces]]\nbinding = "A"\n';
const B = '# Why there is a B.\n[[d1_databases]]\nbinding = "B"\ndatabase_name = "b"\n';
const CLASS = '[[durable_objects.bindings]]\nname = "C"\nclass_name = "C"\n';

test("a new block is appended with its comment, once, and what is there already stays as it is", () => {
  const own = 'name = "orders"\n\n[[d1_databases]]\nbinding = "MINE"';
  const gained = gainsOf("", `# Head.\n\n${B}\n${CLASS}`, own);
  expect(gained).toEqual({
    text: `${own}\n\n${B}\n${CLASS}`,
    appended: ["[[d1_databases]] B", "[[durable_objects.bindings]] C"],
    byHand: [],
  });
  expect(gainsOf("", `${B}\n${CLASS}`, gained.text)).toEqual({ text: gained.text, appended: [], byHand: [] });
});

test("a block that the adopter left out is not brought back", () => {
  expect(gainsOf(A, `${A}\n${B}`, "")).toMatchObject({ appended: ["[[d1_databases]] B"], byHand: [] });
});

test("a list in brackets cannot be appended to, so the block is shown", () => {
  const own = 'd1_databases = [{ binding = "MINE" }]\n';
  const { text, appended, byHand } = gainsOf("", B, own);
  expect({ text, appended }).toEqual({ text: own, appended: [] });
  expect(byHand.join()).toContain('    binding = "B"');
});

test("what changed inside of a block, a list or a value is said, and only where it is not so here", () => {
  const old = `compatibility_date = "2026-01-01"\nflags = ["a", "old"]\n\n[alias]\n"x" = "./x.ts"\n\n${B}`;
  const fresh =
    'compatibility_date = "2026-09-09"\nflags = ["a", "b"]\n\n[alias]\n"x" = "./x.ts"\n"y" = "./y.ts"\n\n' +
    B +
    'migrations_dir = "m"\n';
  const own = `compatibility_date = "2026-02-02"\nflags = ["a", "old", "mine"]\n\n${B.replace('"b"', '"orders"')}\n${A}`;
  const { text, byHand } = gainsOf(`${old}\n${A}`, fresh, own);
  expect(text).toBe(own);
  expect(byHand).toEqual([
    '[[d1_databases]] B: migrations_dir = "m"',
    "[[kv_namespaces]] A: the bridge no longer needs it",
    'compatibility_date = "2026-09-09" (it is "2026-02-02" here)',
    'flags: add "b"',
    'flags: the bridge no longer needs "old"',
    'alias.y = "./y.ts"',
  ]);
  expect(gainsOf(fresh, fresh, fresh).byHand).toEqual([]);
});

test("what the bridge says that it needs can be read, block by block, and is all of it known by a name", () => {
  const needs = readFileSync(join(ROOT, "src/bridge/wrangler.needs.toml"), "utf8");
  const { appended } = gainsOf("", needs, "");
  expect(appended).toContain("[[d1_databases]] CONTROL");
  expect(appended.filter((title) => title.endsWith("undefined"))).toEqual([]);
  expect(appended).toHaveLength(needs.match(/^\[\[/gm)?.length ?? 0);
  expect(new Set(appended).size).toBe(appended.length);
  expect(parse(gainsOf("", needs, "").text)).toHaveProperty("durable_objects.bindings");
});

test("versions are ordered by number, a pre-release before its release", () => {
  const ordered = ["0.2.0", "0.3.0-rc.2", "0.3.0-rc.10", "0.3.0", "0.10.0", "1.0.0"];
  expect(ordered.toSorted(compareVersions)).toEqual(ordered);
  expect(ordered.toReversed().toSorted(compareVersions)).toEqual(ordered);
});

test("a changelog gives the entries between two versions, each in one line, and nothing that is not released", () => {
  const changelog =
    "# C\n\n## [Unreleased]\n\n### Security\n\n- not yet\n\n## [0.4.0] - 2026-12-03\n\n### Security\n\n- one\n  and more\n- two\n\n" +
    "### Added\n\n- x\n\n## [0.3.0] - 2026-12-02\n\n### Security\n\n- three\n\n[0.3.0]: https://example.com\n\n## 0.2.0\n\n### Security\n\n- old\n";
  const between = releasesBetween(changelog, "0.2.0", "0.4.0");
  expect(between.map(({ version, entries }) => [version, entries["Security"]])).toEqual([
    ["0.4.0", ["one and more", "two"]],
    ["0.3.0", ["three"]],
  ]);
  expect(releasesBetween(changelog, "0.3.0", "0.3.0")).toEqual([]);
});
