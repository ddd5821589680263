// `npm run adopt`: an adopter's first changes, each in a copy of this tree and in files of theirs alone. After each: `npm run check`, the
// tests of test/app, and a signed-in call over each transport. Parts that are left out: `npm run parts`. Changes nothing here.

import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failure, Misuse, readCommand } from "./command.ts";
import { commitAll, copyTree, type Edit, edit, npm, run, touchedIn } from "./copied-tree.ts";
import { startBridge, type Undo, withCleanup } from "./demo-bridge.ts";
import { check } from "./parts-check.ts";
import { connect, served } from "./parts-clients.ts";
import { additionsOf } from "./recipes.ts";
import { ROOT } from "./wrangler.ts";

const DEADLINE_MS = 1_200_000;

/** What an adopter may edit; an upgrade touches nothing of it but package.json and wrangler.toml, which it merges. */
const YOURS = [
  /^src\/(?!bridge\/)/,
  /^(test\/app|migrations|\.github|\.ci)\//,
  /^[^/]+\.(md|json|toml|ts)$/,
  /^\.dev\.vars\.example$/,
];

interface Change {
  readonly is: string;
  readonly make: (tree: string) => unknown;
  /** How `npm run demo` ends, where the rules are others. */
  readonly ends?: string;
}

const CHANGES: Readonly<Record<string, Change>> = {
  tool: { is: "one more tool, by `npm run new:tool`", make: (tree) => npm(tree, "new:tool", "count-words") },
  tickets: {
    is: "a new domain: table, store, scopes, tools",
    make: async (tree) => {
      const read = (file: string) => readFileSync(join(tree, file), "utf8");
      const { created, edited } = await additionsOf("tickets", read, "test/bridge/adopted");
      const all = Object.entries({ ...created, ...edited }).map(([file, text]) => [file, () => text] as const);
      edit(tree, Object.fromEntries(all));
      node(tree, "node_modules/@biomejs/biome/bin/biome", "check", "--write", "--log-level=error", "src", "test/app");
    },
  },
  whoami: {
    is: "the notes deleted, only whoami left",
    ends: "All 6 steps did what they say",
    make(tree) {
      const gone = ["read-note", "write-note", "replace-note", "delete-note", "search-notes"];
      for (const name of gone) rmSync(join(tree, `src/tools/${name}.ts`));
      for (const file of ["src/capabilities/notes.ts", "test/app/notes.test.ts", "migrations"]) {
        rmSync(join(tree, file), { recursive: true });
      }
      edit(tree, {
        "src/policy.ts": replaced(
          [/import .*notes?\.ts";\n|import .*-notes?\.ts";\n/g, ""],
          [/ {2}(search|read|write|replace|delete)_notes?: tool\((.*\),\n|[\s\S]*?\n {2}\}\),\n)/g, ""],
        ),
      });
      edit(tree, { "src/scopes.ts": replaced([/ {2}"notes:\w+": \{[\s\S]*?\n {2}\},\n/g, ""]) });
      edit(tree, { "src/app.ts": replaced([/import \{ notes \}.*\n/, ""], ["data: [notes]", "data: []"]) });
      edit(tree, {
        "src/bindings.ts": replaced(
          ["d1, ", ""],
          [/\{\n {2}DB: d1\(\),\n\}/, "{}"],
          ["tool, store, keepsNothing", "tool, keepsNothing"],
        ),
      });
      edit(tree, {
        "wrangler.toml": replaced([/# Yours: what your capabilities keep\.\n\[\[d1_databases\]\]\n[^[]*?\n\n/, ""]),
      });
    },
  },
  look: {
    is: "another name and look",
    make: (tree) =>
      edit(tree, {
        "src/app.ts": replaced(['name: "Drawbridge",', 'name: "Orders",\n  css: ":root { --accent: #0b4f8a }",']),
      }),
  },
  oidc: {
    is: "OpenID Connect only",
    make(tree) {
      edit(tree, { "src/index.ts": replaced([/\bgithub, (?=oidc)/g, ""]) });
      edit(tree, { "src/development.ts": replaced([/^ {2}github,\n/m, ""], ["github, ", ""]) });
      edit(tree, { "wrangler.toml": replaced([/^GITHUB_CLIENT_ID = .*\n/m, ""]) });
    },
  },
  "fetch-page": { is: "the recipe fetch-page", make: (tree) => npm(tree, "add", "fetch-page") },
  "internal-api": {
    is: "the recipe internal-api",
    make(tree) {
      npm(tree, "add", "internal-api");
      edit(tree, { "wrangler.toml": replaced(['ORDERS_URL = ""', 'ORDERS_URL = "https://orders.example.com"']) });
      edit(tree, { "vitest.config.ts": replaced(["bridgeTests({})", 'bridgeTests({ ORDERS_TOKEN: "made-up" })']) });
      appendFileSync(join(tree, ".dev.vars"), "ORDERS_TOKEN=made-up\n");
    },
  },
};

const { words } = readCommand({
  name: "npm run adopt",
  does: `Makes an adopter's first changes, each in a copy of this tree and in files of theirs alone, and looks that check, tests and a
signed-in call over each transport still work: ${Object.keys(CHANGES).join(", ")}.
Changes nothing here. Takes minutes; with names, only those.`,
  words: ["[CHANGE…]"],
  example: "npm run adopt -- tickets",
});
const unknown = words.find((name) => !Object.hasOwn(CHANGES, name));
if (unknown !== undefined) throw new Misuse(`There is no change ${unknown}`);
await withCleanup(DEADLINE_MS, async (later) => {
  for (const [name, change] of Object.entries(CHANGES))
    if (words.length === 0 || words.includes(name)) await show(change, later);
});
process.exit();

async function show({ is, make, ends }: Change, later: (undo: Undo) => void): Promise<void> {
  const started = Date.now();
  console.log(`\nFirst change: ${is}`);
  const tree = copyTree(later);
  await make(tree);
  npm(tree, "generate");
  const touched = touchedIn(tree);
  const foreign = touched.filter((file) => !YOURS.some((own) => own.test(file)));
  check(touched.length > 0 && foreign.length === 0, `touched ${touched.join(", ")}`, foreign);
  commitAll(tree);
  npm(tree, "check");
  check(true, "npm run check");
  const tests = node(tree, "node_modules/vitest/vitest.mjs", "run", "--project", "app");
  check(true, `test/app: ${/(\d+) passed.*$/m.exec(tests.slice(tests.indexOf("Tests ")))?.[1]} tests passed`);
  const orders = existsSync(join(tree, ".dev.vars")) ? { ORDERS_TOKEN: "made-up" } : {};
  const bridge = await startBridge(later, { tree, vars: orders });
  await served(await connect(bridge));
  await bridge.stop();
  // Whatever the app's rules are, the demo tells its story with them.
  if (ends !== undefined) check(npm(tree, "demo").includes(ends), `npm run demo: ${ends}`);
  console.log(`  ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Each change in turn, where there is something to change. */
function replaced(...changes: readonly (readonly [string | RegExp, string])[]): Edit {
  return (text) =>
    changes.reduce((so, [from, to]) => {
      const next = so.replace(from, to);
      if (next === so) throw new Failure(`There is nothing to change here: ${from}`);
      return next;
    }, text);
}

function node(tree: string, program: string, ...args: readonly string[]): string {
  return run(tree, process.execPath, join(ROOT, program), ...args);
}
