// `npm run removable`: shows that a lane, the archive, the console, or the web with taint, is a file group, marked lines and a block
// of wrangler.toml (DESIGN: removable). Takes each out of a copy of this tree, typechecks and bundles what is left, and lets real
// clients use it. Shows the setting SESSIONS = "off" in the same way, in the tree as it is. Changes nothing here.

import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { createJourney, type Journey } from "../test/bridge/support/journey.ts";
import { createFolder, type LocalBridge, runIn, startBridge, type Undo, withCleanup } from "./demo-bridge.ts";
import { check } from "./removable-check.ts";
import { withoutConsole } from "./removable-console.ts";
import { withoutMarked } from "./removable-marks.ts";
import { withoutWeb } from "./removable-web.ts";
import { ROOT } from "./wrangler.ts";

const DEADLINE_MS = 600_000;
const TYPESCRIPT = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

/** What a part is made of, beside its marked lines, and what only it needs of package.json. */
const PARTS = {
  "lane: McpAgent": {
    files: ["src/bridge/transports/session"],
    packages: ["agents", "@modelcontextprotocol/sdk"],
    journey: withoutMcpAgent,
  },
  "lane: stateless": {
    files: ["src/bridge/transports/stateless.ts"],
    packages: ["@modelcontextprotocol/server"],
    journey: withoutStateless,
  },
  archive: {
    files: ["src/bridge/archive"],
    packages: [],
    journey: withoutArchive,
  },
  console: {
    files: ["src/bridge/console"],
    packages: ['hono"'],
    journey: ({ journey }: Connected) => withoutConsole(journey),
  },
  web: {
    files: [
      ...["src/bridge/web/web.ts", "src/bridge/web/web-address.ts", "src/bridge/web/web-text.ts"],
      ...["src/bridge/web/fetch-page.ts", "src/bridge/ledger/taint.ts"],
    ],
    packages: [],
    alsoMarked: "taint",
    journey: ({ journey }: Connected) => withoutWeb(journey),
  },
} as const satisfies Readonly<Record<string, PartOf>>;
type Part = keyof typeof PARTS;

interface PartOf {
  readonly files: readonly string[];
  readonly packages: readonly string[];
  /** A second mark, of what makes no sense without it. */
  readonly alsoMarked?: string;
  readonly journey: (connected: Connected, bridge: LocalBridge) => Promise<void>;
}

type Later = (undo: Undo) => void;

await withCleanup(DEADLINE_MS, async (later) => {
  for (const part of ["lane: McpAgent", "lane: stateless", "archive", "console", "web"] as const) {
    console.log(`\nWithout the ${part.replace(":", "")}`);
    await showRemoval(part, later);
  }
  console.log(`\nWith both lanes and SESSIONS = "off"`);
  const bridge = await startBridge(later, { vars: { SESSIONS: "off" } });
  await servesWithoutSessions(await connect(bridge), bridge);
  await bridge.stop();
}).catch((error: unknown) => {
  process.exitCode ||= 1;
  console.error(`  ✗ ${error instanceof Error ? error.message : error}`);
});
process.exit();

async function showRemoval(part: Part, later: Later): Promise<void> {
  const tree = copyTree(later);
  removePart(part, tree);

  writeFileSync(join(tree, "tsconfig.src.json"), JSON.stringify({ extends: "./tsconfig.json", include: ["src"] }));
  const types = spawnSync(process.execPath, [TYPESCRIPT, "-p", "tsconfig.src.json"], { cwd: tree, encoding: "utf8" });
  check(types.status === 0, "src typechecks", types.stdout);

  const built = await runIn(tree, later, "deploy", "--dry-run", "--minify", "--outdir", "built");
  const size = /gzip: ([\d.]+ \w+)/.exec(built.said)?.[1];
  check(built.ok && size !== undefined, `the production entry builds (${size} gzip)`, built.said);

  const bridge = await startBridge(later, { tree });
  await PARTS[part].journey(await connect(bridge), bridge);
  await bridge.stop();
}

/** The tree as it stands, committed or not, without what git ignores. */
function copyTree(later: Later): string {
  const tree = createFolder("tree", later);
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (listed.status !== 0) throw new Error(`git ls-files: ${listed.stderr}`);
  for (const file of new Set(listed.stdout.split("\0"))) {
    if (file === "" || !existsSync(join(ROOT, file))) continue;
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(tree, file));
  }
  symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"), "junction");
  return tree;
}

/** What lanes.ts, archive.ts, console/app.tsx and capabilities/web.ts tell an adopter to do, and nothing else. */
function removePart(name: Part, tree: string): void {
  const part: PartOf = PARTS[name];
  for (const file of part.files) rmSync(join(tree, file), { recursive: true });
  const marks = [name, part.alsoMarked ?? name].map((mark) => `// ${mark}`);
  let lines = 0;
  for (const file of globSync("src/**/*.{ts,tsx}", { cwd: tree })) {
    const text = readFileSync(join(tree, file), "utf8");
    const kept = withoutMarked(text, marks);
    lines += text.split("\n").length - kept.split("\n").length;
    writeFileSync(join(tree, file), kept);
  }
  const config = join(tree, "wrangler.toml");
  const { toml, blocks } = withoutBlocks(readFileSync(config, "utf8"), `# ${name}`);
  writeFileSync(config, toml);
  const sources = globSync("src/**/*.{ts,tsx}", { cwd: tree }).map((file) => readFileSync(join(tree, file), "utf8"));
  const used = part.packages.filter((each) => sources.some((text) => text.includes(`from "${each}`)));
  check(lines > 0, `${part.files.join(", ")}, ${lines} marked lines, ${blocks} blocks of wrangler.toml are gone`);
  if (part.packages.length === 0) return;
  check(used.length === 0, `nothing imports ${part.packages.join(", ").replaceAll('"', "")} any more`, used);
}

/** Takes out each paragraph that has a marked line in it, and the classes it binds out of the list of `[[migrations]]`. */
function withoutBlocks(text: string, mark: string): { readonly toml: string; readonly blocks: number } {
  const blocks = text.split(/(?<=\n)(?=\n)/);
  const marked = blocks.filter((block) => block.split("\n").some((line) => line.endsWith(mark)));
  const classes = marked.flatMap((block) => /^class_name = "(.+)"/m.exec(block)?.[1] ?? []);
  const kept = blocks.filter((block) => !marked.includes(block)).join("");
  const toml = classes.reduce((rest, name) => rest.replace(new RegExp(`, "${name}"|"${name}"(, )?`), ""), kept);
  return { toml, blocks: marked.length };
}

interface Connected {
  readonly journey: Journey;
  readonly token: string;
}

async function connect({ origin }: LocalBridge): Promise<Connected> {
  const journey = createJourney((url, init) => fetch(url, init), origin);
  return { journey, token: (await journey.connect()).tokens.access_token };
}

async function withoutMcpAgent(connected: Connected, bridge: LocalBridge): Promise<void> {
  await servesWithoutSessions(connected, bridge);
  const { journey, token } = connected;
  const ended = await journey.fetch(journey.resource, {
    method: "DELETE",
    headers: { authorization: `Bearer ${token}`, "mcp-session-id": "0" },
  });
  const words = await ended.text();
  check(ended.status === 405, `DELETE of a session: ${ended.status} ${words}`);
}

async function withoutArchive(connected: Connected): Promise<void> {
  await useOldClient(connected);
  check((await useModernClient(connected)) === "2026-07-28", "SDK v2 (auto) speaks 2026-07-28: listed and called");
}

async function servesWithoutSessions(connected: Connected, { state }: LocalBridge): Promise<void> {
  const old = await useOldClient(connected);
  check(old.types.length > 2 && old.types.every((type) => type === "application/json"), "all of it plain JSON", old);
  check(old.session === undefined && !old.named, "no Mcp-Session-Id");
  check(sessionObjects(state) === 0, "no session object was made");
  check((await useModernClient(connected)) === "2026-07-28", "SDK v2 (auto) speaks 2026-07-28: listed and called");
}

async function withoutStateless(connected: Connected, { state }: LocalBridge): Promise<void> {
  const old = await useOldClient(connected);
  check(old.session !== undefined && old.named, "it has a session");
  check(sessionObjects(state) > 0, "a session object was made");
  const version = await useModernClient(connected);
  check(version === "2025-11-25", `SDK v2 (auto) falls back to ${version}: listed and called`);
  const modern = await connected.journey.modern(connected.token, "tools/list");
  const words = await modern.text();
  check(modern.status === 400 && words.includes("-32022"), `a 2026-07-28 request: ${modern.status} ${words}`);
}

/** SDK v1, the 2025 era: initialize, list, call. `types`: content types of the answers to what it posted. */
async function useOldClient({ journey, token }: Connected) {
  const types: string[] = [];
  let named = false;
  const listen = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(url, init);
    named ||= answer.headers.has("mcp-session-id");
    if (init?.method === "POST" && answer.status === 200) types.push(answer.headers.get("content-type") ?? "");
    return answer;
  };
  const transport = new StreamableHTTPClientTransport(new URL(journey.resource), {
    fetch: listen,
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const client = new Client({ name: "removable", version: "1.0.0" });
  // The SDK's own class does not fit its own interface under exactOptionalPropertyTypes.
  await client.connect(transport as Transport);
  const { tools } = await client.listTools();
  const { structuredContent } = await client.callTool({ name: "whoami", arguments: {} });
  const fits = tools.length > 0 && isNamed(structuredContent);
  check(fits, "SDK v1: initialized, listed and called", { tools, structuredContent });
  const session = transport.sessionId;
  await client.close();
  return { types, named, session };
}

/** SDK v2, which takes the newest protocol that it is offered. */
async function useModernClient({ journey, token }: Connected): Promise<string | undefined> {
  const client = new ModernClient({ name: "removable", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
  const authProvider = { token: async () => token };
  await client.connect(new ModernTransport(new URL(journey.resource), { authProvider }));
  const { tools } = await client.listTools();
  const { structuredContent } = await client.callTool({ name: "whoami", arguments: {} });
  const version = client.getNegotiatedProtocolVersion();
  await client.close();
  return tools.length > 0 && isNamed(structuredContent) ? version : undefined;
}

function isNamed(output: unknown): boolean {
  return typeof output === "object" && output !== null && "name" in output && isDeepStrictEqual(output.name, "ada");
}

/** One file for each Durable Object that was ever touched. */
function sessionObjects(state: string): number {
  const files = globSync(join(state, "v3", "do", "*McpSession*", "*.sqlite"));
  return files.filter((file) => !file.endsWith("metadata.sqlite")).length;
}
