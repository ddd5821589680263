// Does what was planned, in one step of git: the new tree is made aside, then index and files are moved to it together. Nothing is
// committed. A signal waits until it is done; a kill leaves a note that says how to undo it.

import { rmSync, writeFileSync } from "node:fs";
import type { Change, Plan } from "./upgrade-plan.ts";
import { gitPath, markerOf, OWNED, type Tree } from "./upgrade-tree.ts";

export const UNDO = "git restore --staged --worktree .";
export const UNDO_HALF = `rm -f "$(git rev-parse --git-path index.lock)"; ${UNDO} && git clean -fdq -- ${OWNED.join(" ")}`;

export function applyUpgrade(tree: Tree, { next }: Plan, change: Change): void {
  const { git } = tree;
  const made = treeOf(tree, next, change);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
  const marker = markerOf(tree);
  writeFileSync(marker, `${UNDO_HALF}\n`);
  git(["read-tree", "-m", "-u", "HEAD", made], { undisturbed: true });
  rmSync(marker);
}

/** The tree as it will be staged, made in an index of its own. */
function treeOf(tree: Tree, next: string, { packageJson, wrangler }: Change): string {
  const { git, prefix, head } = tree;
  const index = gitPath(tree, "drawbridge-index");
  const env = { GIT_INDEX_FILE: index };
  const list = git(["ls-tree", "-z", "--name-only", next, ...OWNED]).split("\0");
  try {
    git(["read-tree", "HEAD"], { env });
    git(
      [
        "rm",
        "-r",
        "-f",
        "-q",
        "--cached",
        "--ignore-unmatch",
        "--",
        ...OWNED.map((folder) => `:(literal)${prefix}${folder}`),
      ],
      { env },
    );
    for (const folder of OWNED.filter((one) => list.includes(one))) {
      git(["read-tree", `--prefix=${prefix}${folder}/`, `${next}:${folder}`], { env });
    }
    for (const [file, text] of [
      ["package.json", packageJson],
      ["wrangler.toml", wrangler.text],
    ] as const) {
      const [mode = ""] = git(["ls-tree", head, file]).split(" ");
      const blob = git(["hash-object", "-w", "--stdin"], { input: text }).trim();
      git(["update-index", "--cacheinfo", `${mode},${blob},${prefix}${file}`], { env });
    }
    return git(["write-tree"], { env }).trim();
  } finally {
    rmSync(index, { force: true });
  }
}
