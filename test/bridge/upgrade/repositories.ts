// Throwaway git repositories for tests of `npm run upgrade`: an upstream with two releases of a small bridge, and a copy of the first
// that an adopter made their own, without common history. Needs git, no network, and nobody's git settings.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { ROOT } from "../../../scripts/wrangler.ts";

const ENV = {
  PATH: process.env["PATH"],
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

export type Files = Readonly<Record<string, string>>;
export type Repository = ReturnType<typeof createRepository>;

export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-upgrade-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function createRepository(files: Files, folder: string = createFolder()) {
  const git = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync("git", args, { cwd: folder, env: ENV, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const write = (changed: Files) => {
    for (const [file, text] of Object.entries(changed)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
  };
  const commit = (changed: Files = {}, ...deleted: readonly string[]) => {
    write(changed);
    for (const file of deleted) rmSync(join(folder, file));
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", "a step");
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "--initial-branch=main");
  commit(files);
  return {
    folder,
    git,
    write,
    commit,
    read: (file: string) => readFileSync(join(folder, file), "utf8"),
    /** Everything that an upgrade could change: files, ignored ones too, the index, the branch. */
    state: () => [filesOf(folder), git("ls-files", "--stage"), git("rev-parse", "HEAD"), git("stash", "list")],
    /** Names with their staged status, such as `M package.json`. */
    staged: () =>
      git("diff", "--staged", "--name-status", "--no-renames")
        .split("\n")
        .map((line) => line.replace("\t", " ")),
  };
}

function filesOf(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const kept = files.filter((file) => !file.startsWith(join(folder, ".git/"))).sort();
  return Object.fromEntries(kept.map((file) => [file, createHash("sha256").update(readFileSync(file)).digest("hex")]));
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of this tree in a repository. `env`: what differs from an ordinary one. */
export function runScript(name: string, cwd: string, args: readonly string[], env: Files = {}): Ran {
  const script = join(ROOT, "scripts", name);
  const options = { cwd, env: { ...ENV, ...env }, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", script, ...args], options);
  return { status, stdout, stderr };
}

export function upgrade({ folder }: Pick<Repository, "folder">, ...args: readonly string[]): Ran {
  return runScript("upgrade.ts", folder, args);
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const NEEDS = '[[kv_namespaces]]\nbinding = "OAUTH_KV"\n';
const PINS = { dependencies: { hono: "4.13.19", zod: "4.6.7" }, scripts: { check: "biome ci ." } };
const changelog = (...versions: readonly string[]) => `# Changelog\n\n${versions.join("\n\n")}\n`;
const FIRST = "## [0.2.0] - 2026-11-25\n\n### Security\n\n- Old news.";
const SECOND =
  "## [0.3.0] - 2026-12-01\n\n### Security\n\n- A session could be\n  taken over.\n\n### By hand\n\n- Call `x` in src/app.ts.";

export const OLD: Files = {
  "src/bridge/package.json": json({ name: "drawbridge-core", version: "0.2.0", ...PINS }),
  "src/bridge/CHANGELOG.md": changelog(FIRST),
  "src/bridge/server.ts": "// one\n",
  "src/bridge/gone.ts": "// gone soon\n",
  "src/bridge/wrangler.needs.toml": NEEDS,
  "test/bridge/server.test.ts": "// tested\n",
  "scripts/start.ts": "// start\n",
  "docs/page.md": "# Page\n",
  "src/app.ts": "// the example\n",
  "package.json": json({ name: "drawbridge", ...PINS }),
  "wrangler.toml": `name = "drawbridge"\n\n${NEEDS}`,
  "tsconfig.json": "{}\n",
  ".ci/run": "npm test\n",
};
const NEW: Files = {
  "src/bridge/package.json": json({
    name: "drawbridge-core",
    version: "0.3.0",
    ...PINS,
    dependencies: { hono: "4.14.0", zod: "4.7.0" },
  }),
  "src/bridge/CHANGELOG.md": changelog(SECOND, FIRST),
  "src/bridge/server.ts": "// two\n",
  "src/bridge/fresh.ts": "// fresh\n",
  "src/bridge/wrangler.needs.toml": `${NEEDS}\n# What is counted.\n[[kv_namespaces]]\nbinding = "COUNTS"\n`,
  "src/app.ts": "// a better example\n",
  "tsconfig.json": '{ "include": [] }\n',
  ".ci/run": "npm test && npm run more\n",
};

/** An upstream at v0.3.0, and anyone who copied v0.2.0. */
export function createUpstream() {
  const upstream = createRepository(OLD);
  upstream.git("tag", "v0.2.0");
  upstream.commit(NEW, "src/bridge/gone.ts");
  upstream.git("tag", "v0.3.0");
  return upstream;
}

/** A first commit of files, as after a download. */
export function createAdopted(changed: Files = {}, folder?: string): Repository {
  return createRepository({ ...OLD, ...OWN, ...changed }, folder);
}

const OWN: Files = {
  ".gitignore": "node_modules\n*.local\n",
  "package.json": json({
    name: "orders",
    ...PINS,
    dependencies: { hono: "4.13.19", "left-pad": "1.3.0", zod: "4.6.8" },
  }),
  "wrangler.toml": `name = "orders" # ours\n\n${NEEDS}\n[[r2_buckets]]\nbinding = "INVOICES"\nbucket_name = "invoices"`,
  "src/app.ts": "// orders\n",
  "src/tools/orders.ts": "// a tool\n",
  ".ci/run": "npm test && ours\n",
};
