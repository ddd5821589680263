// A copy of this tree as it stands, committed or not, without what git ignores, in a temporary folder: a repository of its own, so
// that what is changed there can be told. Its packages are the ones of this tree.

import { spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "./command.ts";
import { createFolder, type Undo } from "./demo-bridge.ts";
import { ROOT } from "./wrangler.ts";

export function copyTree(later: (undo: Undo) => void): string {
  const tree = createFolder("tree", later);
  const listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard");
  for (const file of new Set(listed.split("\0"))) {
    if (file === "" || !existsSync(join(ROOT, file))) continue;
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(tree, file));
  }
  symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"), "junction");
  git(tree, "init", "--quiet");
  // The link is not the folder that .gitignore names.
  appendFileSync(join(tree, ".git", "info", "exclude"), "/node_modules\n");
  commitAll(tree);
  return tree;
}

export function commitAll(tree: string): void {
  git(tree, "add", "--all");
  const author = ["-c", "user.name=adopter", "-c", "user.email=adopter@example.com", "-c", "commit.gpgsign=false"];
  git(tree, ...author, "commit", "--quiet", "--no-verify", "--message", "as it was");
}

/** Files that are not as they were committed, new and gone ones too. */
export function touchedIn(tree: string): readonly string[] {
  const lines = git(tree, "status", "--porcelain", "--untracked-files=all", "--no-renames", "-z").split("\0");
  return lines.flatMap((line) => (line === "" ? [] : [line.slice(3)]));
}

export type Edit = (text: string) => string;

/** Edits files of a tree. @throws where there was nothing to edit */
export function edit(tree: string, edits: Readonly<Record<string, Edit>>): void {
  for (const [file, change] of Object.entries(edits)) {
    const path = join(tree, file);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const edited = change(text);
    if (edited === text) throw new Failure(`${file} has not what would be changed in it`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, edited);
  }
}

export function npm(tree: string, script: string, ...args: readonly string[]): string {
  return run(tree, "npm", "run", "--silent", script, "--", ...args);
}

export function git(tree: string, ...args: readonly string[]): string {
  return run(tree, "git", ...args);
}

/** A program to its end, and what it printed. @throws with all of it, when it failed */
export function run(tree: string, command: string, ...args: readonly string[]): string {
  const shell = process.platform === "win32" && command === "npm";
  const options = { cwd: tree, encoding: "utf8", shell, maxBuffer: 64 * 1024 * 1024 } as const;
  const { status, stdout, stderr } = spawnSync(command, args, options);
  if (status !== 0) throw new Failure(`${command} ${args.join(" ")}:\n${stdout}${stderr}`);
  return stdout;
}
