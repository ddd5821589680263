// Runs the wrangler of the lockfile quietly (no banner, telemetry, look-ups, prompts, or log files outside the tree), and reads
// the dotenv files that hold secrets on this computer. Shared by start and deploy; knows nothing of the bridge itself.

import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseEnv, stripVTControlCharacters } from "node:util";

export const ROOT = dirname(import.meta.dirname);

// The program behind `bin/wrangler.js`, which only starts a second Node and then hides how that one ended.
const CLI = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "wrangler-dist", "cli.js");
/** For every process that runs wrangler. */
export const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Without these, `wrangler dev` keeps a record of every request and serves an unguarded page over the local data.
  X_LOCAL_EXPLORER: "false",
  X_LOCAL_OBSERVABILITY: "false",
};

/**
 * Without these words, wrangler takes a wrangler.json(c) beside wrangler.toml, what a build tool's .wrangler/deploy/config.json
 * points to, or the environment that CLOUDFLARE_ENV names (in the shell or in .env): another bridge than the one that is meant.
 */
function named(args: readonly string[], cwd: string): readonly string[] {
  const config = args.includes("--config") ? [] : ["--config", join(cwd, "wrangler.toml")];
  const environment = args.includes("--env") ? [] : ["--env="];
  return [...args, ...config, ...environment];
}

/** Starts wrangler and leaves it running. The caller ends it. */
export function startWrangler(
  args: readonly string[],
  options: SpawnOptions & { readonly cwd?: string },
): ChildProcess {
  return spawn(process.execPath, ["--no-warnings", CLI, ...named(args, options.cwd ?? ROOT)], {
    cwd: ROOT,
    env: { ...process.env, ...QUIET },
    ...options,
  });
}

/** Whether a process that is started here leads a group of its own: a Ctrl-C passes it by, and one signal reaches all it started. */
export const GROUPED = process.platform !== "win32";

export function signalGroup({ pid }: Pick<ChildProcess, "pid">, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(GROUPED ? -pid : pid, signal);
  } catch {
    // The group is gone already.
  }
}

export interface Run {
  readonly ok: boolean;
  readonly stdout: string;
  /** What to show the reader: all it said when it went well, its errors when it did not. */
  readonly output: string;
}

/** Runs wrangler to its end. Without a terminal it never asks, and never opens a browser. */
export function runWrangler(...args: readonly string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", CLI, ...named(args, ROOT)], {
    cwd: ROOT,
    env: { ...process.env, ...QUIET },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return outcomeOf(status, stdout, stderr);
}

export function outcomeOf(status: number | null, stdout: string, stderr: string): Run {
  const ok = status === 0;
  const said = ok || stderr.trim() === "" ? `${stdout}${stderr}` : stderr;
  return { ok, stdout, output: stripVTControlCharacters(said).trim() };
}

/** The bindings of D1 databases that wrangler.toml has, in its order. Read as text: all of wrangler takes seconds to load. */
export function databasesOf(tree: string = ROOT): readonly string[] {
  const toml = readFileSync(join(tree, "wrangler.toml"), "utf8");
  return [...toml.matchAll(/^\[\[d1_databases\]\]\nbinding = "(\w+)"/gm)].map(([, name = ""]) => name);
}

/** Brings each local database up to date. `where`: more of wrangler's words, such as `--persist-to`. */
export function migrateLocally(where: readonly string[], tree: string = ROOT): Run {
  const config = ["--config", join(tree, "wrangler.toml")];
  const runs = databasesOf(tree).map((name) =>
    runWrangler("d1", "migrations", "apply", name, "--local", ...config, ...where),
  );
  return runs.find(({ ok }) => !ok) ?? { ok: true, stdout: "", output: "" };
}

/** The values of a dotenv file under the root, or `undefined` when there is none. */
export function readVars(name: string): Readonly<Record<string, string | undefined>> | undefined {
  const file = join(ROOT, name);
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : undefined;
}

/** 256 bits, as text that needs no quoting anywhere. */
export function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}
