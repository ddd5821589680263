// Who may import whom in src, and who may touch cryptography: the walls between the rooms. Each rule says why in its own words,
// because the reader who meets one has just broken it. Tests and scripts are free. Cycles are biome's business.
// Reads the text of the imports, which the formatter keeps at the start of a line; it is a wall for honest people, no sandbox.

import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** What a folder may import, and nothing else. A name that ends in "/" means everything below it. */
interface FolderRule {
  readonly folder: string;
  readonly may: readonly string[];
  readonly mayTypes: readonly string[];
  readonly rule: string;
}

/** A thing that only some files may import. */
interface TargetRule {
  readonly target: RegExp;
  readonly only: readonly string[];
  readonly rule: string;
}

const FOLDERS: readonly FolderRule[] = [
  {
    folder: "src/tools/",
    may: ["src/bridge/gate/tool.ts", "zod"],
    mayTypes: ["src/capabilities/"],
    rule: "A tool imports authz/tool.ts, zod and the types of capabilities, nothing else: what it may reach is handed to it.",
  },
  {
    folder: "src/bridge/gate/",
    may: ["src/bridge/gate/", "src/bridge/text/", "zod"],
    mayTypes: [],
    rule: "authz is the pure core: it imports zod, itself and text, so that every decision can be tested without a Worker.",
  },
  {
    folder: "src/bridge/text/",
    may: ["src/bridge/text/"],
    mayTypes: [],
    rule: "text is what a result goes through before it leaves: pure, and without a word of who asked.",
  },
  {
    folder: "src/capabilities/",
    may: ["src/capabilities/", "src/bridge/gate/principal.ts", "src/bridge/addresses.ts", "zod"],
    mayTypes: ["src/bridge/settings.ts", "src/bridge/gate/provenance.ts"],
    rule: "A capability imports authz/principal.ts, addresses.ts, zod, the types of provenance and env.ts, and its neighbours: it is bound to one person and knows no request.",
  },
];

const TARGETS: readonly TargetRule[] = [
  {
    target: /^(node:)?crypto$/,
    only: ["src/bridge/seal.ts", "src/bridge/ledger/chain.ts"],
    rule: "Cryptography of ours is in seal.ts alone; the ledger's hash chain is the one exception.",
  },
  {
    target: /^@cloudflare\/workers-oauth-provider(\/|$)/,
    only: ["src/bridge/oauth/"],
    rule: "Only src/bridge/oauth knows the OAuth library.",
  },
  {
    target: /^agents\/mcp$/,
    only: ["src/bridge/transports/session/mcp-agent.ts"],
    rule: "Only lanes/mcp-agent/mcp-agent.ts knows McpAgent: that lane can be removed by deleting one folder.",
  },
  {
    target: /^@modelcontextprotocol\//,
    only: ["src/bridge/transports/"],
    rule: "Only a lane knows an MCP SDK: what decides stands before the lanes and is the same for both.",
  },
  {
    target: /^src\/(index|development)\.ts$/,
    only: [],
    rule: "Nobody imports an entry: what both entries need is in bridge.ts.",
  },
  {
    target: /^\(computed\)$/,
    only: [],
    rule: "An import names its module in plain text, so that these rules can be read off it.",
  },
];

const SUBTLE = {
  only: ["src/bridge/seal.ts"],
  rule: "Only seal.ts touches crypto.subtle: every seal of ours has one purpose and one key.",
};

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const root = dirname(import.meta.dirname);
const files = globSync("src/**/*.{ts,tsx}", { cwd: root }).map((file) => file.replaceAll("\\", "/"));
const violations = files.sort().flatMap((file) => check(file, readFileSync(join(root, file), "utf8")));
for (const violation of violations) console.error(violation);
if (violations.length > 0) process.exitCode = 1;

function check(file: string, text: string): readonly string[] {
  const found = importsOf(file, text).flatMap((one) => [...checkFolder(file, one), ...checkTarget(file, one)]);
  if (!covers(SUBTLE.only, file) && /\bsubtle\b/.test(withoutComments(text))) {
    found.push(`${file} uses crypto.subtle. ${SUBTLE.rule}`);
  }
  return found;
}

function checkFolder(file: string, { target, typeOnly }: Import): readonly string[] {
  const broken = FOLDERS.filter(({ folder, may, mayTypes }) => {
    if (!file.startsWith(folder)) return false;
    return !covers(may, target) && !(typeOnly && covers(mayTypes, target));
  });
  return broken.map(({ rule }) => `${file} imports ${target}${typeOnly ? "" : " (as a value)"}. ${rule}`);
}

function checkTarget(file: string, { target }: Import): readonly string[] {
  const broken = TARGETS.filter((entry) => entry.target.test(target) && !covers(entry.only, file));
  return broken.map(({ rule }) => `${file} imports ${target}. ${rule}`);
}

function covers(names: readonly string[], name: string): boolean {
  return names.some((one) => (one.endsWith("/") ? name.startsWith(one) : name === one));
}

function importsOf(file: string, text: string): readonly Import[] {
  const imports = text.matchAll(/^import\s+(?!["'])(type\s+)?([\s\S]*?)\s*\bfrom\s*["']([^"']+)["']/gm);
  const exports = text.matchAll(/^export\s+(type\s+)?([*{][^;]*?)\s*\bfrom\s*["']([^"']+)["']/gm);
  const bare = text.matchAll(/^import\s*["']([^"']+)["']/gm);
  const dynamic = withoutComments(text).matchAll(/\b(?:import|require)\s*\(\s*(?:["'`]([^"'`$]+)["'`])?/g);
  return [
    ...[...imports, ...exports].map(([, type, clause = "", specifier = ""]) => ({
      target: resolve(file, specifier),
      typeOnly: type !== undefined || namesOnlyTypes(clause),
    })),
    ...[...bare, ...dynamic].map(([, specifier = "(computed)"]) => ({
      target: resolve(file, specifier),
      typeOnly: false,
    })),
  ];
}

/** True for `{ type A, type B }`: nothing of it is left when the types are stripped. */
function namesOnlyTypes(clause: string): boolean {
  const names = /^\{([^}]*)\}$/.exec(clause)?.[1]?.split(",");
  return names?.every((name) => /^\s*(type\s|$)/.test(name)) ?? false;
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
}

function withoutComments(text: string): string {
  return text.replace(/^\s*(\*|\/\*).*$|(^|\s)\/\/.*$/gm, "");
}
