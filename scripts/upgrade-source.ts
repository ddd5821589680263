// Where an upgrade comes from: its tags and branches, what is fetched of it, and whether a tag is signed by whom the adopter trusts.
// What is fetched is kept under refs/drawbridge/ and nowhere else.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "./command.ts";
import { type Git, tryGit } from "./upgrade-git.ts";
import { compareVersions, isVersion } from "./versions.ts";

/** Whose signature a tag must carry, in the format of ssh-keygen(1), ALLOWED SIGNERS. The adopter's own file. */
export const SIGNERS = "allowed_signers";
export const NEXT = "refs/drawbridge/next";
export const BASE = "refs/drawbridge/base";

export interface Source {
  readonly from: string;
  /** Full names of tags and branches there. */
  readonly refs: readonly string[];
}

export function openSource(git: Git, from: string): Source {
  try {
    const lines = git(["ls-remote", "--quiet", "--", from]).split("\n");
    const refs = lines.flatMap((line) => line.split("\t")[1] ?? []).filter((ref) => !ref.endsWith("^{}"));
    return { from, refs };
  } catch (error) {
    throw error instanceof Failure
      ? new Failure(`${from} is no git repository that can be read: ${error.message}`)
      : error;
  }
}

/** The tag of a version, where the source has one. */
export function tagOf({ refs }: Source, version: string): string | undefined {
  return refs.find((ref) => ref === `refs/tags/v${version}`);
}

/** What the adopter asked for as a full name; the newest release when they named none. */
export function chosenRef(source: Source, wanted: string | undefined): string {
  const tags = source.refs.flatMap((ref) => /^refs\/tags\/v(.+)$/.exec(ref)?.[1] ?? []).filter(isVersion);
  if (wanted !== undefined) {
    const names = [`refs/tags/${wanted}`, `refs/tags/v${wanted}`, `refs/heads/${wanted}`, wanted];
    const found = names.find((name) => source.refs.includes(name));
    if (found !== undefined) return found;
    if (/^[\da-f]{40,64}$/.test(wanted)) return wanted;
    const known = tags.length === 0 ? "It has no release tags." : `Its releases: v${tags.join(", v")}.`;
    throw new Failure(`${source.from} has no tag or branch ${JSON.stringify(wanted)}. ${known}`);
  }
  const [newest] = tags.filter((version) => !version.includes("-")).sort((a, b) => compareVersions(b, a));
  if (newest !== undefined) return `refs/tags/v${newest}`;
  throw new Failure(`${source.from} has no release tag (vX.Y.Z). Name a branch or a commit after it.`);
}

/** Fetches a ref of the source to one of ours; its commit. */
export function fetched(git: Git, { from }: Source, ref: string, to: string): string {
  try {
    git(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", from, `+${ref}:${to}`]);
    return git(["rev-parse", "--verify", "--quiet", `${to}^{commit}`]).trim();
  } catch (error) {
    throw error instanceof Failure ? new Failure(`${ref} of ${from} cannot be fetched: ${error.message}`) : error;
  }
}

/** Who signed the tag that was fetched; `undefined` where the adopter names no signers. */
export function signerOf(git: Git, tree: string, ref: string): string | undefined {
  const signers = join(tree, SIGNERS);
  if (!existsSync(signers)) return undefined;
  const [, name] = /^refs\/tags\/(.+)$/.exec(ref) ?? [];
  if (name === undefined) throw new Failure(`${SIGNERS} is here, and ${ref} is no tag: only a tag is signed.`);
  const object = git(["rev-parse", NEXT]).trim();
  const tag = tryGit(git, ["cat-file", "tag", object]);
  // The name is part of what is signed: an old release must not come under a new name.
  if (tag?.split("\n\n", 1)[0]?.split("\n").includes(`tag ${name}`) !== true) {
    throw new Failure(`${SIGNERS} is here, and ${name} is no annotated tag of that name.`);
  }
  if (!tag.includes("-----BEGIN SSH SIGNATURE-----"))
    throw new Failure(`${SIGNERS} is here, and ${name} is not signed.`);
  // Without the last two, any key of the reader's own GnuPG keyring would do.
  const words = [
    "gpg.format=ssh",
    `gpg.ssh.allowedSignersFile=${signers}`,
    "gpg.program=false",
    "gpg.x509.program=false",
  ];
  const verified = tryGit(git, [...words.flatMap((word) => ["-c", word]), "verify-tag", object]);
  if (verified === undefined) throw new Failure(`${name} is not signed by anybody in ${SIGNERS}.`);
  return trusted(readFileSync(signers, "utf8"));
}

function trusted(signers: string): string {
  const lines = signers.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.map((line) => line.split(/\s/, 1)[0]).join(" or ");
}
