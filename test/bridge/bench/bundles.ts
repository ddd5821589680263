// Bundle sizes as a deploy would upload them (minified, gzip), and what they are made of, from esbuild's own account. A lane is taken
// out as an adopter would: by not naming it in the entry.

import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT, runWrangler } from "../../../scripts/wrangler.ts";
import { FIXTURE } from "../support/fixture.ts";

export interface Bundle {
  readonly name: string;
  /** Bytes. */
  readonly minified: number;
  readonly gzip: number;
  /** Minified bytes by package, largest first. */
  readonly parts: readonly (readonly [string, number])[];
}

const PLAIN = "test/bridge/bench/plain/wrangler.plain.toml";

export const BOTH_LANES = "ours, both lanes";
export const PLAIN_AGENT = "plain McpAgent";

/** `quick`: only the two that a target compares. */
export function measureBundles(quick: boolean): readonly Bundle[] {
  const both = measure(BOTH_LANES, ["--config", join(FIXTURE, "wrangler.toml")]);
  const plain = measure(PLAIN_AGENT, ["--config", PLAIN, "--env", ""]);
  if (quick) return [both, plain];
  return [
    both,
    withoutLane("stateless", (config) => measure("ours, McpAgent lane only", ["--config", config])),
    withoutLane("McpAgent", (config) => measure("ours, stateless lane only", ["--config", config])),
    plain,
    measure("plain stateless", ["--config", PLAIN, "--env", "stateless"]),
  ];
}

function measure(name: string, options: readonly string[]): Bundle {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-bundle-"));
  try {
    const run = runWrangler("deploy", "--dry-run", "--minify", "--metafile", "--outdir", folder, ...options);
    if (!run.ok) throw new Error(`${name} does not build.\n${run.output}`);
    const files = globSync("*.{js,mjs}", { cwd: folder }).map((file) => readFileSync(join(folder, file)));
    const code = Buffer.concat(files);
    const parts = partsOf(JSON.parse(readFileSync(join(folder, "bundle-meta.json"), "utf8")));
    return { name, minified: code.length, gzip: gzipSync(code).length, parts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

function partsOf({ outputs }: Metafile): Bundle["parts"] {
  const bytes = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = packageOf(path);
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes].sort(([, a], [, b]) => b - a);
}

function packageOf(path: string): string {
  const inner = path.split("node_modules/").at(-1) ?? path;
  if (!path.includes("node_modules/")) return "our own code";
  const [scope = "", name = ""] = inner.split("/");
  if (scope === "zod" && inner.includes("/locales/")) return "zod (locales)";
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

const LANES = {
  McpAgent: (entry: string) =>
    entry.replaceAll("session, stateless", "stateless").replace("Ledger, McpSession", "Ledger"),
  stateless: (entry: string) => entry.replaceAll("session, stateless", "session"),
} as const;

/** A copy of bridge and fixture inside the root, so that packages are found, without one lane. */
function withoutLane<T>(lane: keyof typeof LANES, work: (config: string) => T): T {
  const folder = join(ROOT, ".wrangler", "bench", lane);
  const fixture = join(folder, "test/bridge/fixture");
  rmSync(folder, { recursive: true, force: true });
  try {
    cpSync(join(ROOT, "src/bridge"), join(folder, "src/bridge"), { recursive: true });
    cpSync(FIXTURE, fixture, { recursive: true });
    cpSync(join(ROOT, "tsconfig.json"), join(folder, "tsconfig.json"));
    writeFileSync(join(fixture, "index.ts"), LANES[lane](readFileSync(join(fixture, "index.ts"), "utf8")));
    // What is bound does not go into the bundle, and a class that is bound must be there.
    const blocks = readFileSync(join(fixture, "wrangler.toml"), "utf8").split(/^(?=\[)/m);
    const kept = blocks.filter((block) => !/^\[\[(durable_objects|migrations)/.test(block));
    writeFileSync(join(fixture, "wrangler.toml"), kept.join(""));
    return work(join(fixture, "wrangler.toml"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
