// `npm run upgrade -- <repository or folder> [ref]`: replaces what is the bridge's by another version of it, merges the pins, appends
// what wrangler.toml must gain, and says what is left for a human. Stages all of it and commits nothing: docs/upgrading.md.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Failure, readCommand } from "./command.ts";
import { applyUpgrade, UNDO, UNDO_HALF } from "./upgrade-apply.ts";

import { type Asked, type Change, type Plan, planUpgrade } from "./upgrade-plan.ts";
import { BASE, NEXT, SIGNERS } from "./upgrade-source.ts";
import { OWNED, openTree } from "./upgrade-tree.ts";

/** What `--check` ends with when there is something new. */
const FOUND = 3;

const { values, words } = readCommand({
  name: "npm run upgrade",
  does: `Replaces ${OWNED.join(", ")} by those of another version, and says what is left to do. Nothing is committed.
SOURCE is a git repository: its address, or a folder here. REF is a tag, a branch or a commit there; without it the newest release.
A file ${SIGNERS} at the top level names whose signature a tag must carry. More: docs/upgrading.md`,
  words: ["SOURCE", "[REF]"],
  options: {
    check: { type: "boolean", is: "changes nothing: says what is new there, and what would happen" },
    base: { type: "string", takes: "COMMIT", is: "what this copy was made from, where no tag there says it" },
  },
  example: "npm run upgrade -- --check https://github.com/OWNER/REPOSITORY.git",
  exits: `${FOUND} when --check found another version`,
});
const [from = "", ref] = words;
const asked = { from: existsSync(from) ? resolve(from) : from, ref, base: values.base };
try {
  process.exitCode = values.check === true ? check(asked) : upgrade(asked);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.exitCode = refuse([error.message]);
}

function upgrade(asked: Asked): number {
  const tree = openTree(process.cwd());
  const plan = planUpgrade(tree, asked);
  if (plan.denials.length > 0) return refuse(plan.denials);
  if (plan.change === undefined) return say(nothingNew(plan), 0);
  try {
    applyUpgrade(tree, plan, plan.change);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(`The upgrade did not end: ${error.message}. Where git status shows changes, undo them: ${UNDO_HALF}`);
    return 1;
  }
  const next = "Next: npm install && npm run check && npm test, then commit.";
  return say(
    `${news(plan)}\n\n${changes(plan.change, "")}\n\nTo look: git diff --staged. To undo: ${UNDO}\n${next}`,
    0,
  );
}

function check(asked: Asked): number {
  const plan = planUpgrade(openTree(process.cwd()), asked);
  if (plan.denials.length === 0 && plan.change === undefined) return say(nothingNew(plan), 0);
  const refused = plan.denials.map((why) => `\n\nThe upgrade would be refused: ${why}.`).join("");
  const rest = plan.change === undefined ? "" : `\n\n${changes(plan.change, "would be ")}`;
  return say(`${news(plan)}${rest}${refused}\n\nNothing was changed.`, FOUND);
}

function nothingNew({ fresh, ref }: Plan): string {
  return `Nothing to do: the bridge here is ${fresh}, as ${ref} has it.`;
}

function news({ old, fresh, ref, next, signer, releases }: Plan): string {
  const fixes = releases.flatMap(({ version, entries }) =>
    (entries["Security"] ?? []).map((entry) => `  ${version}: ${entry}`),
  );
  const signed = signer === undefined ? `signatures are not looked at: no ${SIGNERS}` : `signed by ${signer}`;
  return [
    `Drawbridge ${old} → ${fresh} (${ref}, commit ${next.slice(0, 12)}; ${signed}).`,
    fixes.length === 0
      ? "Its changelog names no security fix in between."
      : `Security fixes in between:\n${fixes.join("\n")}`,
    ...titled(
      "To do by hand, by its changelog",
      releases.flatMap(({ entries }) => entries["By hand"] ?? []),
    ),
  ].join("\n");
}

function changes({ files, pins, wrangler, theirs }: Change, would: string): string {
  const count = (...statuses: readonly string[]) => files.filter(({ status }) => statuses.includes(status)).length;
  const counts = `${count("M", "T")} changed, ${count("A")} new, ${count("D")} deleted`;
  const outside = theirs.map(({ file, status, edited }) => {
    if (status === "D") return `${file}: no longer there`;
    if (status === "A") return `${file}: new there. To take it: git show ${NEXT}:${file} > ${file}`;
    return edited
      ? `${file}: git diff ${BASE}:${file} ${NEXT}:${file}`
      : `${file}: not edited here. To take it: git show ${NEXT}:${file} > ${file}`;
  });
  return [
    `Files of the bridge ${would}replaced: ${counts}.`,
    ...titled(`package.json ${would}merged`, pins.changed),
    ...titled("package.json keeps what you chose", pins.kept),
    ...titled(`wrangler.toml ${would}given, at its end`, wrangler.appended),
    ...titled("wrangler.toml, by hand", wrangler.byHand),
    ...titled("Yours, and not touched; they changed at the source", outside),
  ].join("\n");
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:\n${lines.map((line) => `  ${line}`).join("\n")}`];
}

function say(words: string, code: number): number {
  console.log(words);
  return code;
}

function refuse(reasons: readonly string[]): number {
  console.error(`Nothing was changed:${reasons.length === 1 ? "" : "\n-"} ${reasons.join("\n- ")}`);
  return 1;
}
