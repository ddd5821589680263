// `npm run upgrade:simulate`: a copy of this tree becomes somebody's own (a tool, a rule, a name, a look, one way to sign in, a pin), and is
// upgraded to a made-up next version. Looks that nothing of theirs was touched, and that `npm run check` passes. Changes nothing here.

import { createHash } from "node:crypto";
import { globSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Failure, readCommand } from "./command.ts";
import { commitAll, copyTree, type Edit, edit, git, npm, touchedIn } from "./copied-tree.ts";
import { withCleanup } from "./demo-bridge.ts";
import { check } from "./parts-check.ts";
import { OWNED } from "./upgrade-tree.ts";
import { ROOT } from "./wrangler.ts";

const VERSION: string = JSON.parse(readFileSync(join(ROOT, "src/bridge/package.json"), "utf8")).version;
const NEXT = `${Number(VERSION.split(".")[0]) + 1}.0.0`;
const DEADLINE_MS = 300_000;

const TOOL = `// Yours: a tool of an adopter.

import * as z from "zod";
import { defineTool } from "../bridge/index.ts";
import type { ProfileReader } from "../capabilities/profile.ts";

export const greet = defineTool({
  title: "Greet",
  description: "Greets the user by name.",
  input: z.strictObject({}),
  output: z.object({ words: z.string() }),
  example: {},
  run: (_args, { profile }: ProfileReader) => ({ words: \`Hello, \${profile().name}\` }),
});
`;
const RULE = '  greet: tool(greet, { scope: "profile:read", effect: "read", capability: profileReader, ...own }),\n';

/** What an adopter does with a copy, in files of theirs alone. */
const ADOPTED: Readonly<Record<string, Edit>> = {
  "src/tools/greet.ts": () => TOOL,
  "src/policy.ts": (text) =>
    text
      .replace("import { readNote }", 'import { greet } from "./tools/greet.ts";\nimport { readNote }')
      .replace("export const policy = {\n", `export const policy = {\n${RULE}`),
  "src/app.ts": (text) => text.replace('name: "Drawbridge",', 'name: "Orders",\n  css: ":root { --accent: #0b4f8a }",'),
  "src/index.ts": (text) => text.replaceAll("github, oidc", "oidc"),
  "package.json": (text) =>
    text.replace('"name": "drawbridge"', '"name": "orders"').replace('"npm": ">=10"', '"npm": ">=11"'),
  "wrangler.toml": (text) => `${text}\n[[r2_buckets]]\nbinding = "INVOICES"\nbucket_name = "invoices"\n`,
};

/** What a next version of the bridge could bring: a pin, a script, a binding, a fix. A file is renamed too. */
const UPSTREAM: Readonly<Record<string, Edit>> = {
  "src/bridge/package.json": (text) =>
    text
      .replace(`"version": "${VERSION}"`, `"version": "${NEXT}"`)
      .replace('"npm": ">=10"', '"npm": ">=10.1"')
      .replace('"scripts": {', '"scripts": {\n    "made-up": "node --version",'),
  "src/bridge/CHANGELOG.md": (text) =>
    text.replace(/^(?=## )/m, `## [${NEXT}] - 2030-01-01\n\n### Security\n\n- A made-up fault is mended.\n\n`),
  "src/bridge/wrangler.needs.toml": (text) => `${text}\n# A made-up need.\n[[kv_namespaces]]\nbinding = "MADE_UP"\n`,
};

readCommand({
  name: "npm run upgrade:simulate",
  does: `Makes a copy of this tree somebody's own, upgrades it to a made-up next version, and looks that nothing of theirs was touched and
that npm run check passes. Changes nothing here.`,
  example: "npm run upgrade:simulate",
});

await withCleanup(DEADLINE_MS, async (later) => {
  const upstream = copyTree(later);
  git(upstream, "tag", `v${VERSION}`);
  edit(upstream, UPSTREAM);
  const importers = rename(upstream, "src/bridge/pages/security-text.ts", "src/bridge/pages/security-contact.ts");
  commitAll(upstream);
  git(upstream, "tag", `v${NEXT}`);

  const adopted = copyTree(later);
  edit(adopted, ADOPTED);
  npm(adopted, "generate");
  const theirs = touchedIn(adopted);
  check(!theirs.some(isOwned), `made their own by changing ${theirs.join(", ")}`);
  commitAll(adopted);
  const before = hashesOf(adopted, theirs);

  const upgraded = npm(adopted, "upgrade", upstream);
  check(upgraded.includes(`Drawbridge ${VERSION} → ${NEXT}`), `upgraded to ${NEXT}`, upgraded);
  check(upgraded.includes("A made-up fault is mended."), "says which security fix came", upgraded);
  check(upgraded.includes("npm stays >=11, as you have it"), "keeps a pin of theirs, and says so", upgraded);
  const touched = touchedIn(adopted);
  const merged = ["package.json", "wrangler.toml"];
  const strange = touched.filter((file) => !isOwned(file) && !merged.includes(file));
  check(strange.length === 0, `changed ${touched.length} files, none of theirs`, strange.join("\n"));
  for (const file of [...importers, "src/bridge/pages/security-text.ts", "src/bridge/pages/security-contact.ts"]) {
    check(touched.includes(file), `${file} is as upstream has it`);
  }
  const after = hashesOf(adopted, theirs);
  const kept = theirs.filter((file) => !merged.includes(file));
  check(
    kept.every((file) => before[file] === after[file]),
    "their files are the same, byte for byte",
  );
  const [manifest, config] = merged.map((file) => readFileSync(join(adopted, file), "utf8"));
  check(/"name": "orders"[\s\S]*"made-up"/.test(manifest ?? ""), "package.json has their name and the new script");
  check(/INVOICES[\s\S]*MADE_UP/.test(config ?? ""), "wrangler.toml has their bucket and the new binding");
  npm(adopted, "check");
  check(true, "npm run check passes");
  commitAll(adopted);
  check(npm(adopted, "upgrade", upstream).includes("Nothing to do"), "a second upgrade has nothing to do");
});

function isOwned(file: string): boolean {
  return OWNED.some((folder) => file.startsWith(`${folder}/`));
}

/** Renames a file of the bridge for anyone who imports it; those. */
function rename(tree: string, from: string, to: string): readonly string[] {
  const files = globSync("{src,test}/bridge/**/*.{ts,tsx}", { cwd: tree }).map((file) => file.replaceAll("\\", "/"));
  const importers = files.filter((file) => {
    const text = readFileSync(join(tree, file), "utf8");
    const renamed = text.replaceAll(`/${basename(from)}"`, `/${basename(to)}"`);
    writeFileSync(join(tree, file), renamed);
    return renamed !== text;
  });
  if (importers.length === 0) throw new Failure(`nobody imports ${from}, which the simulation renames`);
  renameSync(join(tree, from), join(tree, to));
  return importers;
}

function hashesOf(tree: string, files: readonly string[]): Readonly<Record<string, string>> {
  const hash = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(tree, file)))
      .digest("hex");
  return Object.fromEntries(files.map((file) => [file, hash(file)]));
}
