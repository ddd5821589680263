// `npm run parts`: leaves each part, transport and way to sign in out of a copy of this tree, as an adopter does (a word in the two
// entries), typechecks and bundles what is left, looks that nothing of it is in the bundle, and lets real clients use the rest.
// Shows the setting SESSIONS = "off" in the same way, in the tree as it is. Changes nothing here.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as z from "zod";
import { readCommand } from "./command.ts";
import { copyTree, type Edit, edit } from "./copied-tree.ts";
import { type LocalBridge, runIn, startBridge, type Undo, withCleanup } from "./demo-bridge.ts";
import { check } from "./parts-check.ts";
import {
  type Connected,
  connect,
  served,
  servesWithoutSessions,
  withoutMcpAgent,
  withoutStateless,
} from "./parts-clients.ts";
import { withoutConsole } from "./parts-console.ts";

const DEADLINE_MS = 600_000;
const TYPESCRIPT = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

/** How an adopter leaves a part out, and what the bundle must not hold then. */
interface PartOf {
  readonly edits: Readonly<Record<string, Edit>>;
  /** Beginnings of paths that the bundle's metafile may not name. */
  readonly gone: readonly string[];
  readonly journey: (connected: Connected, bridge: LocalBridge) => Promise<void>;
}

/** What an app that names nothing of it does not bundle either. */
const UNUSED = ["src/bridge/web/"];

/** Takes a word out of the two entries. */
function unnamed(word: string): Readonly<Record<string, Edit>> {
  const edit: Edit = (text) => text.replace(new RegExp(`\\b${word}, |, ${word}\\b(?!:)|^ *${word},\\n`, "gm"), "");
  return { "src/index.ts": edit, "src/development.ts": edit };
}

const without =
  (pattern: RegExp): Edit =>
  (text) =>
    text.replace(pattern, "");

const PARTS: Readonly<Record<string, PartOf>> = {
  session: {
    edits: {
      ...chained(unnamed("session"), without(/, McpSession/)),
      "wrangler.toml": (text) =>
        text
          .replace(/\[\[durable_objects\.bindings\]\]\nname = "MCP_SESSIONS"\nclass_name = "McpSession"\n\n/, "")
          .replace(', "McpSession"', ""),
    },
    gone: ["src/bridge/transports/session/", "node_modules/agents/", "node_modules/@modelcontextprotocol/sdk/"],
    journey: withoutMcpAgent,
  },
  stateless: {
    edits: unnamed("stateless"),
    gone: ["src/bridge/transports/stateless.ts"],
    journey: withoutStateless,
  },
  console: {
    edits: unnamed("consolePages"),
    gone: ["src/bridge/console/"],
    journey: ({ journey }) => withoutConsole(journey),
  },
  operator: { edits: unnamed("operatorApi"), gone: ["src/bridge/operator/"], journey: served },
  archive: { edits: unnamed("archive"), gone: ["src/bridge/archive/"], journey: served },
  github: { edits: unnamed("github"), gone: ["src/bridge/sign-in/github.ts"], journey: served },
  oidc: { edits: unnamed("oidc"), gone: ["src/bridge/sign-in/oidc.ts"], journey: served },
};

function chained(edits: Readonly<Record<string, Edit>>, more: Edit): Readonly<Record<string, Edit>> {
  return Object.fromEntries(Object.entries(edits).map(([file, edit]) => [file, (text: string) => more(edit(text))]));
}

const META = z.object({
  outputs: z.record(z.string(), z.object({ inputs: z.record(z.string(), z.object({ bytesInOutput: z.number() })) })),
});

type Later = (undo: Undo) => void;

readCommand({
  name: "npm run parts",
  does: `Leaves each part, transport and way to sign in out of a copy of this tree, and looks that nothing of it is in the bundle and that
real clients use the rest. Changes nothing here. Takes minutes.`,
  example: "npm run parts",
});

await withCleanup(DEADLINE_MS, async (later) => {
  for (const [name, part] of Object.entries(PARTS)) {
    console.log(`\nWithout ${name}`);
    await showWithout(part, later);
  }
  console.log(`\nWith both transports and SESSIONS = "off"`);
  const bridge = await startBridge(later, { vars: { SESSIONS: "off" } });
  await servesWithoutSessions(await connect(bridge), bridge);
  await bridge.stop();
});
process.exit();

async function showWithout(part: PartOf, later: Later): Promise<void> {
  const tree = copyTree(later);
  edit(tree, part.edits);
  check(true, `edited ${Object.keys(part.edits).join(", ")}`);

  writeFileSync(join(tree, "tsconfig.src.json"), JSON.stringify({ extends: "./tsconfig.json", include: ["src"] }));
  const types = spawnSync(process.execPath, [TYPESCRIPT, "-p", "tsconfig.src.json"], { cwd: tree, encoding: "utf8" });
  check(types.status === 0, "src typechecks", types.stdout);

  const built = await runIn(
    tree,
    later,
    "deploy",
    "--dry-run",
    "--minify",
    "--outdir",
    "built",
    "--metafile",
    "built/meta.json",
  );
  const size = /gzip: ([\d.]+ \w+)/.exec(built.said)?.[1];
  check(built.ok && size !== undefined, `the production entry builds (${size} gzip)`, built.said);

  const inputs = bundled(join(tree, "built", "meta.json"));
  const absent = [...part.gone, ...UNUSED];
  const left = inputs.filter((path) => absent.some((gone) => path.includes(gone)));
  check(left.length === 0, `nothing of ${absent.join(", ")} is in it`, left);

  const bridge = await startBridge(later, { tree });
  await part.journey(await connect(bridge), bridge);
  await bridge.stop();
}

/** The files of which anything is in the bundle. */
function bundled(file: string): readonly string[] {
  const { outputs } = META.parse(JSON.parse(readFileSync(file, "utf8")));
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
}
