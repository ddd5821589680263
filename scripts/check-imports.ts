// Who may import whom in src, and who may touch cryptography: the walls between the rooms. Each rule says why in its own words,
// because the reader who meets one has just broken it. Tests and scripts are free. A wall for honest users, no sandbox.

import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cyclesOf, type Import, importsOf } from "./imports.ts";
import { importsLeftOut } from "./left-out.ts";
import { ROOMS, roomOf } from "./rooms.ts";

/** A thing that only some files may import. */
interface TargetRule {
  readonly target: RegExp;
  readonly only: readonly string[];
  readonly rule: string;
}

const TARGETS: readonly TargetRule[] = [
  {
    target: /^(node:)?crypto$/,
    only: ["src/bridge/seal.ts", "src/bridge/ledger/chain.ts"],
    rule: "Cryptography of ours is in seal.ts alone; the ledger's hash chain is the one exception.",
  },
  {
    target: /^@cloudflare\/workers-oauth-provider(\/|$)/,
    only: ["src/bridge/oauth/", "src/bridge/request/context.ts"],
    rule: "Only src/bridge/oauth knows the OAuth library; the context of a request names its types.",
  },
  {
    target: /^agents\/mcp$/,
    only: ["src/bridge/transports/session/mcp-agent.ts"],
    rule: "Only transports/session/mcp-agent.ts knows McpAgent.",
  },
  {
    target: /^@modelcontextprotocol\//,
    only: ["src/bridge/transports/"],
    rule: "Only a transport knows an MCP SDK: what decides stands before the transports and is the same for both.",
  },
  { target: /^src\/(index|development)\.ts$/, only: [], rule: "Nobody imports an entry." },
  {
    target: /^\(computed\)$/,
    only: [],
    rule: "An import names its module in plain text, so that these rules can be read off it.",
  },
];

/** What a pure room may import from outside the tree. */
const PURE: Readonly<Record<string, readonly string[]>> = { text: [], gate: ["zod"], app: ["zod"] };

const ENTRIES = ["src/index.ts", "src/development.ts"];

const root = dirname(import.meta.dirname);
const files = globSync("src/**/*.{ts,tsx}", { cwd: root })
  .map((file) => file.replaceAll("\\", "/"))
  .sort();
const graph = new Map<string, readonly string[]>();
const broken = files.flatMap(checkFile);
for (const { setting, problem, fix } of importsLeftOut()) broken.push(`${setting} ${problem}: ${fix}.`);
broken.push(...globSync("test/bridge/**/*.ts", { cwd: root }).flatMap((file) => testRule(file.replaceAll("\\", "/"))));
for (const cycle of cyclesOf(graph))
  broken.push(`${cycle.join(" → ")}. No file imports itself through others, not even a type.`);
for (const line of broken) console.error(line);
if (broken.length > 0) process.exitCode = 1;

function checkFile(file: string): readonly string[] {
  const text = readFileSync(join(root, file), "utf8");
  const imports = importsOf(file, text);
  graph.set(
    file,
    imports.flatMap(({ target }) => (files.includes(target) ? [target] : [])),
  );
  const found = imports.flatMap((one) => {
    const why = roomOf(file) === undefined ? appRule(file, one) : roomRule(file, one);
    const guarded = TARGETS.filter(({ target, only }) => target.test(one.target) && !covers(only, file));
    return [why, ...guarded.map(({ rule }) => rule)].flatMap((rule) =>
      rule === undefined ? [] : [`${file} imports ${one.target}${one.typeOnly ? "" : " (as a value)"}. ${rule}`],
    );
  });
  const subtle = file !== "src/bridge/seal.ts" && /\bsubtle\b/.test(withoutComments(text));
  return subtle
    ? [...found, `${file} uses crypto.subtle. Only seal.ts does: every seal has one purpose and one key.`]
    : found;
}

/** The bridge imports nothing of an app, and each room only itself and those before it. */
function roomRule(file: string, { target }: Import): string | undefined {
  const [from = "", to] = [roomOf(file), roomOf(target)];
  const packages = PURE[from];
  if (!target.startsWith("src/")) {
    return packages === undefined || packages.includes(target)
      ? undefined
      : `${from} is pure: it imports no other package.`;
  }
  if (to === undefined) return "The bridge imports nothing of an app: what is an app's comes in through createBridge.";
  if (from === to) return undefined;
  const place = (name: string) => ROOMS.findIndex((room) => room.name === name);
  if (place(from) === -1 || place(to) === -1) return "A room is listed in scripts/rooms.ts.";
  return place(to) < place(from)
    ? undefined
    : `${to} stands below ${from} in scripts/rooms.ts: a room imports only those above it.`;
}

/** An app uses the doors; a tool is handed what it may reach. */
function appRule(file: string, { target, typeOnly }: Import): string | undefined {
  if (file.startsWith("src/tools/")) {
    const allowed =
      target === "src/bridge/index.ts" || target === "zod" || (typeOnly && target.startsWith("src/capabilities/"));
    return allowed
      ? undefined
      : "A tool imports the bridge's door, zod and types of capabilities: what it may reach is handed to it.";
  }
  if (roomOf(target) === undefined || target === "src/bridge/index.ts") return undefined;
  if (target === "src/bridge/worker.ts" && ENTRIES.includes(file)) return undefined;
  return "An app imports src/bridge/index.ts, and its entries src/bridge/worker.ts: an upgrade may change all else.";
}

/** The bridge's tests run over their fixture, so that anyone who changes the app breaks none of them. */
function testRule(file: string): readonly string[] {
  return importsOf(file, readFileSync(join(root, file), "utf8"))
    .filter(({ target }) => target.startsWith("src/") && roomOf(target) === undefined)
    .map(
      ({ target }) =>
        `${file} imports ${target}. The bridge's tests import nothing of an app: test/bridge/fixture is theirs.`,
    );
}

function covers(names: readonly string[], name: string): boolean {
  return names.some((one) => (one.endsWith("/") ? name.startsWith(one) : name === one));
}

function withoutComments(text: string): string {
  return text.replace(/^\s*(\*|\/\*).*$|(^|\s)\/\/.*$/gm, "");
}
