// Changes to an app's own files that a command makes for an adopter: all of them or none. They start from a clean tree, so that
// `git diff` shows exactly what the command did. Formats what it wrote, and makes POLICY.md anew.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Failure } from "./command.ts";
import { ROOT } from "./wrangler.ts";

const BIOME = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");

/** Paths from the root, and what they hold afterwards. */
export type Changes = Readonly<Record<string, string>>;

/** @throws when something is not committed: what a command did would not be told apart from it. */
export function checkTreeIsClean(): void {
  const { status, stdout } = spawnSync("git", ["status", "--porcelain"], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) {
    throw new Failure("This folder is no git repository: run git init, git add -A and git commit -m start.");
  }
  if (stdout !== "") {
    const lines = stdout.trimEnd().split("\n");
    const shown = `${lines.slice(0, 5).join(", ")}${lines.length > 5 ? " …" : ""}`;
    throw new Failure(`The tree has changes that are not committed (${shown}): commit or remove them.`);
  }
}

/** @throws when one of them is there already */
export function checkNoneExists(files: readonly string[]): void {
  const there = files.find((file) => existsSync(join(ROOT, file)));
  if (there !== undefined) throw new Failure(`${there} is there already.`);
}

export function readTree(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** @throws when the result cannot be formatted or read; every file is then as it was */
export function applyChanges(changes: Changes): void {
  const files = Object.keys(changes);
  const before = files.map((file) => [file, existsSync(join(ROOT, file)) ? readTree(file) : undefined] as const);
  try {
    for (const [file, text] of Object.entries(changes)) writeTree(file, text);
    const sources = files.filter((file) => file.endsWith(".ts"));
    runNode(BIOME, "check", "--write", "--colors=off", "--log-level=error", ...sources);
    runNode("scripts/generate.ts");
  } catch (error) {
    for (const [file, text] of before) {
      if (text === undefined) rmSync(join(ROOT, file), { force: true });
      else writeTree(file, text);
    }
    throw error;
  }
}

/** Lines to fill in: those of these files that say so. */
export function linesToReplace(files: readonly string[]): readonly string[] {
  return files.flatMap((file) =>
    readTree(file)
      .split("\n")
      .flatMap((line, index) => {
        const [, what] = /(?:\/\/|#) Replace: (.*)$/.exec(line) ?? [];
        return what === undefined ? [] : [`  ${file}:${index + 1}  ${what}`];
      }),
  );
}

function writeTree(file: string, text: string): void {
  mkdirSync(dirname(join(ROOT, file)), { recursive: true });
  writeFileSync(join(ROOT, file), text);
}

function runNode(program: string, ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Failure(`${program} failed: ${`${stdout}${stderr}`.trim()}`);
}
