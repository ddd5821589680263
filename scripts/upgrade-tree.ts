// The adopted copy that an upgrade would change: where it lies, whether anything in it would be lost, and what of the bridge's folders
// is not as a version of the bridge had it. Reads only.

import { existsSync, lstatSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "./command.ts";
import { type Git, gitIn, tryGit } from "./upgrade-git.ts";

/** Upstream's: replaced whole. */
export const OWNED = ["src/bridge", "test/bridge", "scripts", "docs"];

export interface Tree {
  readonly git: Git;
  /** The folder of package.json. */
  readonly folder: string;
  /** Where that is in its repository: empty, or `packages/bridge/`. */
  readonly prefix: string;
  /** What is committed here, as git names it. */
  readonly head: string;
  readonly committed: (file: string) => string | undefined;
}

export function openTree(folder: string): Tree {
  const top = tryGit(gitIn(folder), ["rev-parse", "--show-toplevel"])?.trim();
  if (top === undefined)
    throw new Failure("this folder is in no git repository: git init && git add --all && git commit");
  const git = gitIn(top);
  const prefix = gitIn(folder)(["rev-parse", "--show-prefix"]).trim();
  if (tryGit(git, ["rev-parse", "--verify", "--quiet", "HEAD"]) === undefined) {
    throw new Failure("nothing is committed here yet: git add --all && git commit");
  }
  const head = `HEAD:${prefix}`;
  const committed = (file: string) => tryGit(git, ["cat-file", "blob", `${head}${file}`]);
  return { git, folder: realpathSync(folder), prefix, head, committed };
}

/** What is not committed, hidden from git, or left by an upgrade that was killed: an upgrade could not be undone. */
export function unresolved({ git, prefix }: Tree): readonly string[] {
  const here = ["--", `:(top)${prefix}`];
  const status = linesOf(git(["status", "--porcelain", "--untracked-files=all", "--ignore-submodules=none", ...here]));
  const hidden = linesOf(git(["ls-files", "-v", ...here])).filter((line) => /^[a-zS] /.test(line));
  const problems: string[] = [];
  if (status.length > 0) problems.push(`something is not committed here:\n${some(status)}`);
  if (hidden.length > 0)
    problems.push(`git was told not to look at files (assume-unchanged, sparse):\n${some(hidden)}`);
  return problems;
}

export interface Difference {
  /** As git says it: `A` is only here, `D` is only there, `M` and `T` are in both. */
  readonly status: string;
  readonly file: string;
}

/** Files that differ by content; a permission that a zip or Windows lost is no edit. */
export function differences(git: Git, there: string, here: string, paths: readonly string[]): readonly Difference[] {
  const words = git(["diff-tree", "-r", "-z", "--no-renames", "--raw", there, here, "--", ...paths]).split("\0");
  return words.flatMap((word, index) => {
    const match = /^:(\d{3})\d+ (\d{3})\d+ (\w+) (\w+) (\w)$/.exec(word);
    if (match === null) return [];
    const [, oldKind, newKind, before, after, status = ""] = match;
    return before === after && oldKind === newKind ? [] : [{ status, file: words[index + 1] ?? "" }];
  });
}

/** Files here that git ignores and an upgrade would write over. */
export function overwritten({ git, folder, prefix, head }: Tree, next: string): readonly string[] {
  const added = differences(git, head, next, OWNED).filter(({ status }) => status === "A");
  const met = added.flatMap(({ file }) => stepsTo(file).find((step) => isInTheWay(folder, step, file)) ?? []);
  return [...new Set(met)].filter((path) => git(["ls-files", "-z", "--", `:(top,literal)${prefix}${path}`]) === "");
}

function isInTheWay(folder: string, step: string, file: string): boolean {
  const stat = lstatSync(join(folder, step), { throwIfNoEntry: false });
  return stat !== undefined && (step === file || !stat.isDirectory());
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function stepsTo(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** What an upgrade that was killed half-way left behind. */
export function interruption(tree: Tree): string | undefined {
  const file = markerOf(tree);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

export function markerOf(tree: Tree): string {
  return gitPath(tree, "drawbridge-upgrade");
}

/** A file in the repository's own folder. */
export function gitPath({ git }: Tree, name: string): string {
  return git(["rev-parse", "--path-format=absolute", "--git-path", name]).trim();
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** Lines to show, not a flood. */
export function some(lines: readonly string[]): string {
  const shown = lines.slice(0, 20).map((line) => `  ${line}`);
  return [...shown, ...(lines.length > 20 ? [`  and ${lines.length - 20} more`] : [])].join("\n");
}
