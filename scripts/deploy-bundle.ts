// Builds what would be deployed, and looks for development sign-in in it after proving that it can be found at all. The very
// files that were looked at are what the deploy uploads: they are built once.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Problem } from "../src/bridge/settings.ts";
import type { Runner } from "./deploy-run.ts";

/** Stands in src/bridge/sign-in/development.ts and must not stand in anything that is deployed. */
const DEVELOPMENT_MARK = "drawbridge-development-sign-in";
const DEVELOPMENT = "src/development.ts";

export type Bundle = Readonly<{ faults: readonly Problem[]; notes: readonly string[]; script?: string }>;

export async function checkBundle(entry: string, runner: Runner): Promise<Bundle> {
  const production = await build(entry, "production", runner);
  if ("fault" in production) return { faults: [production.fault], notes: [] };
  const development = await build(DEVELOPMENT, "development", runner);
  if ("fault" in development) return { faults: [development.fault], notes: [] };
  const { code, script } = production;
  const notes = [`Bundle of ${entry}: ${kib(code.length)}, ${kib(gzipSync(code).length)} gzip.`];
  if (!development.code.includes(DEVELOPMENT_MARK)) {
    const problem = `has no "${DEVELOPMENT_MARK}" in it, so its absence elsewhere would prove nothing`;
    return { faults: [{ setting: DEVELOPMENT, problem, fix: "restore src/bridge/sign-in/development.ts" }], notes };
  }
  if (!code.includes(DEVELOPMENT_MARK)) return { faults: [], notes, script };
  const problem = "brings development sign-in into the deployed bundle: anybody could enter under any name";
  const fix = `set main = "src/index.ts" in wrangler.toml, and import src/bridge/sign-in/development.ts from ${DEVELOPMENT} alone`;
  return { faults: [{ setting: entry, problem, fix }], notes };
}

type Built = { readonly code: Buffer; readonly script: string } | { readonly fault: Problem };

async function build(entry: string, name: string, { run, directory }: Runner): Promise<Built> {
  const into = join(directory, name);
  const { ok, output } = await run("deploy", entry, "--dry-run", "--outdir", into);
  if (!ok) return { fault: { setting: entry, problem: "does not build", fix: output } };
  const modules = readdirSync(into).filter((file) => !/\.(map|md)$/.test(file));
  const scripts = modules.filter((file) => /\.m?js$/.test(file));
  const [script] = scripts;
  if (script === undefined || scripts.length > 1) {
    const problem = `builds to ${scripts.length} scripts, and one is deployed`;
    return {
      fault: { setting: entry, problem, fix: "leave no_bundle and find_additional_modules out of wrangler.toml" },
    };
  }
  return { code: Buffer.concat(modules.map((file) => readFileSync(join(into, file)))), script: join(into, script) };
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
