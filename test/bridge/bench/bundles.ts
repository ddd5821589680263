// Bundle sizes as a deploy would upload them (minified, gzip), and what they are made of, from esbuild's own account.

import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { runWrangler } from "../../../scripts/wrangler.ts";

export interface Bundle {
  readonly name: string;
  /** Bytes. */
  readonly minified: number;
  readonly gzip: number;
  /** Minified bytes by package, largest first. */
  readonly parts: readonly (readonly [string, number])[];
}

const PLAIN = "test/bridge/bench/plain/wrangler.plain.toml";

export const OURS = "ours, both transports";
export const PLAIN_AGENT = "plain McpAgent";

/** `quick`: only the two that a target compares. What a bridge without one of its parts weighs: `npm run parts`. */
export function measureBundles(quick: boolean): readonly Bundle[] {
  const compared = [
    measure(OURS, ["--config", "test/bridge/fixture/wrangler.toml"]),
    measure(PLAIN_AGENT, ["--config", PLAIN, "--env", ""]),
  ];
  return quick ? compared : [...compared, measure("plain stateless", ["--config", PLAIN, "--env", "stateless"])];
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
