// What an upgrade would do, and why it would not: the versions, the news between them, the files, the pins, wrangler.toml. Changes
// nothing in the tree; what it fetches is kept under refs/drawbridge/.

import * as z from "zod";
import { Failure } from "./command.ts";
import { type Merged, mergePins, withManifest } from "./pins.ts";
import { type Git, tryGit } from "./upgrade-git.ts";
import { BASE, chosenRef, fetched, NEXT, openSource, type Source, signerOf, tagOf } from "./upgrade-source.ts";
import {
  type Difference,
  differences,
  interruption,
  OWNED,
  overwritten,
  some,
  type Tree,
  unresolved,
} from "./upgrade-tree.ts";
import { compareVersions, isVersion, type Release, releasesBetween } from "./versions.ts";
import { type Gained, gainsOf } from "./wrangler-needs.ts";

export interface Asked {
  readonly from: string;
  readonly ref?: string | undefined;
  /** The commit that was copied, where no tag says it. */
  readonly base?: string | undefined;
}

export interface Plan {
  readonly old: string;
  readonly fresh: string;
  /** The full name of what is upgraded to, and its commit. */
  readonly ref: string;
  readonly next: string;
  readonly signer: string | undefined;
  readonly releases: readonly Release[];
  /** Why the upgrade does not begin; all at once. */
  readonly denials: readonly string[];
  /** `undefined` where there is nothing to upgrade, or nothing to compare with. */
  readonly change: Change | undefined;
}

export interface Change {
  readonly files: readonly Difference[];
  readonly pins: Merged;
  readonly packageJson: string;
  readonly wrangler: Gained;
  /** Files outside of the bridge that changed at the source and are there here too. */
  readonly theirs: readonly (Difference & { readonly edited: boolean })[];
}

/** What is not the bridge's and is merged, or made, or says itself that it is an example. */
const OUTCOME = ["package.json", "package-lock.json", "wrangler.toml", "POLICY.md"];
const MANIFEST = z.looseObject({ version: z.string().refine(isVersion) });
const CHANGELOG = "src/bridge/CHANGELOG.md";

export function planUpgrade(tree: Tree, { from, ref: wanted, base }: Asked): Plan {
  const { git } = tree;
  const own = bridgeAt(tree.committed("src/bridge/package.json"), "this folder");
  const source = openSource(git, from);
  const ref = chosenRef(source, wanted);
  const next = fetched(git, source, ref, NEXT);
  const signer = signerOf(git, tree.folder, ref);
  const there = bridgeAt(tryGit(git, ["cat-file", "blob", `${next}:src/bridge/package.json`]), `${ref} of ${from}`);
  const named = /^refs\/tags\/v(.+)$/.exec(ref)?.[1];
  if (named !== undefined && isVersion(named) && named !== there.version) {
    throw new Failure(`the tag v${named} of ${from} holds version ${there.version}: it was moved or made wrongly`);
  }
  const changelog = tryGit(git, ["cat-file", "blob", `${next}:${CHANGELOG}`]) ?? "";
  const releases = releasesBetween(changelog, own.version, there.version);
  const plan = { old: own.version, fresh: there.version, ref, next, signer, releases };
  if (differences(git, `${next}^{tree}`, tree.head, OWNED).length === 0) {
    return { ...plan, denials: [], change: undefined };
  }
  const found = baseOf(tree, source, { version: own.version, base, next });
  const denials = [...hindrances(tree, next, plan, found.commit), ...found.denials];
  return { ...plan, denials, change: changeOf(tree, found.commit, next, own, there) };
}

function bridgeAt(text: string | undefined, where: string): z.infer<typeof MANIFEST> {
  const parsed = MANIFEST.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Failure(`${where} is no bridge of this layout: its src/bridge/package.json names no version`);
}

function hindrances(
  tree: Tree,
  next: string,
  { old, fresh }: Pick<Plan, "old" | "fresh">,
  base: string | undefined,
): readonly string[] {
  const killed = interruption(tree);
  const open = unresolved(tree);
  const lost = overwritten(tree, next);
  const older = compareVersions(fresh, old);
  const before = base !== undefined && base !== next && isAncestor(tree.git, next, base);
  return [
    ...(killed !== undefined && open.length > 0 ? [`an upgrade was killed half-way. Undo it: ${killed}`] : open),
    ...(older < 0 ? [`${fresh} is older than ${old}, which is here`] : []),
    ...(older >= 0 && before ? [`what is asked for is older than what is here, although both say ${fresh}`] : []),
    ...(lost.length > 0 ? [`files that git ignores would be written over; move them:\n${some(lost)}`] : []),
  ];
}

function isAncestor(git: Git, older: string, newer: string): boolean {
  return tryGit(git, ["merge-base", "--is-ancestor", older, newer]) !== undefined;
}

interface Found {
  readonly commit: string | undefined;
  readonly denials: readonly string[];
}

/** The version that was copied: the tag it says it is, or the commit before `next` whose folders are exactly these. */
function baseOf(
  { git, head }: Tree,
  source: Source,
  { version, base, next }: { readonly version: string; readonly base: string | undefined; readonly next: string },
): Found {
  const tag = base === undefined ? tagOf(source, version) : chosenRef(source, base);
  const commit = tag === undefined ? undefined : fetched(git, source, tag, BASE);
  const edited = commit === undefined ? [] : differences(git, `${commit}^{tree}`, head, OWNED);
  if (commit !== undefined && edited.length === 0) return { commit, denials: [] };
  const copied = base === undefined ? equalCommit(git, head, next) : undefined;
  if (copied !== undefined) {
    git(["update-ref", BASE, copied]);
    return { commit: copied, denials: [] };
  }
  if (tag === undefined) {
    const unknown = `${source.from} has no tag v${version} to compare with, and no commit whose ${OWNED.join(", ")} are as here`;
    return { commit, denials: [`${unknown}. Name the commit that was copied: --base COMMIT`] };
  }
  const words = { A: "your own", D: "deleted", M: "edited", T: "edited" };
  const lines = edited.map(({ status, file }) => `${file}: ${words[status as keyof typeof words] ?? status}`);
  const what = `the bridge's folders are not as ${tag} has them:\n${some(lines)}\n`;
  return {
    commit,
    denials: [`${what}To look: git diff ${BASE} ${head} -- ${OWNED.join(" ")}. What to do: docs/upgrading.md`],
  };
}

/** Users copy a branch as often as a release. */
function equalCommit(git: Git, head: string, next: string): string | undefined {
  const commits = git(["rev-list", next, "--", ...OWNED])
    .split("\n")
    .filter(Boolean);
  return commits.find((commit) => differences(git, `${commit}^{tree}`, head, OWNED).length === 0);
}

function changeOf(
  tree: Tree,
  base: string | undefined,
  next: string,
  was: Readonly<Record<string, unknown>>,
  is: Readonly<Record<string, unknown>>,
): Change | undefined {
  const { git, head, committed } = tree;
  if (base === undefined) return undefined;
  const text = committed("package.json");
  if (text === undefined) throw new Failure("package.json is not committed here");
  const needs = (commit: string) => tryGit(git, ["cat-file", "blob", `${commit}:src/bridge/wrangler.needs.toml`]) ?? "";
  const pins = mergePins(was, is, JSON.parse(text));
  const outside = differences(git, `${base}^{tree}`, `${next}^{tree}`, []);
  const theirs = outside.filter(
    ({ file }) => !OUTCOME.includes(file) && !OWNED.some((one) => file.startsWith(`${one}/`)),
  );
  return {
    files: differences(git, head, `${next}^{tree}`, OWNED),
    pins,
    packageJson: pins.changed.length === 0 ? text : withManifest(text, pins.manifest),
    wrangler: gained(needs(base), needs(next), committed("wrangler.toml")),
    theirs: theirs.flatMap((one) => {
      const here = committed(one.file);
      if (here === undefined && one.status !== "A") return [];
      return [{ ...one, edited: here !== tryGit(git, ["cat-file", "blob", `${base}:${one.file}`]) }];
    }),
  };
}

function gained(old: string, fresh: string, own: string | undefined): Gained {
  if (own === undefined) throw new Failure("wrangler.toml is not committed here");
  try {
    return gainsOf(old, fresh, own);
  } catch (error) {
    throw new Failure(
      `wrangler.toml cannot be read: ${error instanceof Error ? error.message.split("\n", 1)[0] : error}`,
    );
  }
}
