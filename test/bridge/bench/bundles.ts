// Bundle sizes as a deploy would upload them (minified, gzip), and what they are made of, from esbuild's own account. A lane
// is taken out as lanes.ts says: every line that is marked with its name goes.

import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT, runWrangler } from "../../../scripts/wrangler.ts";

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
  const both = measure(BOTH_LANES, []);
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

/** A copy of the tree inside the root, so that packages are found, without one lane. */
function withoutLane<T>(lane: string, work: (config: string) => T): T {
  const folder = join(ROOT, ".wrangler", "bench", lane);
  rmSync(folder, { recursive: true, force: true });
  try {
    for (const file of globSync("src/**/*.{ts,tsx}", { cwd: ROOT })) {
      const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), lines.filter((line) => !line.includes(`// lane: ${lane}`)).join("\n"));
    }
    cpSync(join(ROOT, "tsconfig.json"), join(folder, "tsconfig.json"));
    // What is bound does not go into the bundle, and a class that is bound must be there.
    const blocks = readFileSync(join(ROOT, "wrangler.toml"), "utf8").split(/^(?=\[)/m);
    const kept = blocks.filter((block) => !/^\[\[(durable_objects|migrations)/.test(block));
    // What stands in for a package ([alias]) stays where it is.
    writeFileSync(join(folder, "wrangler.toml"), kept.join("").replaceAll('= "./', `= "${ROOT}/`));
    return work(join(folder, "wrangler.toml"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
