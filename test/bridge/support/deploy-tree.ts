// An adopter's tree that is filled in for a deploy, whose wrangler is test/bridge/support/wrangler-double.cjs.

import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as z from "zod";
import { ROOT } from "../../../scripts/wrangler.ts";
import { plantTree } from "./adopter-tree.ts";

const FILLED = {
  'PUBLIC_URL = ""': 'PUBLIC_URL = "https://drawbridge.someone.workers.dev"',
  'ENTITLED = ""': 'ENTITLED = "github:12345"',
  'GITHUB_CLIENT_ID = ""': 'GITHUB_CLIENT_ID = "client-of-ours"',
};

export interface Account {
  readonly secrets?: readonly string[];
  readonly databases: readonly string[];
  readonly subjects?: readonly string[];
  readonly migrationFails?: boolean;
  readonly hangs?: boolean;
  /** In the place of the list of secrets. */
  readonly odd?: string;
}

const CALL = z.object({ args: z.array(z.string()), config: z.string(), env: z.string().optional() });
const DEPLOYED = z.object({ deployed: z.string(), secrets: z.record(z.string(), z.string()) });

export type DeployTree = ReturnType<typeof createDeployTree>;

export function createDeployTree(account: Account, later: (undo: () => void) => void) {
  const root = mkdtempSync(join(tmpdir(), "deploy-tree-"));
  later(() => rmSync(root, { recursive: true, force: true }));
  const [tree, temporary] = [join(root, "tree"), join(root, "tmp")];
  mkdirSync(temporary);
  plantTree(tree, ["wrangler"]);
  const double = join(tree, "node_modules", "wrangler");
  mkdirSync(join(double, "wrangler-dist"), { recursive: true });
  cpSync(join(import.meta.dirname, "wrangler-double.cjs"), join(double, "wrangler-dist", "cli.js"));
  writeFileSync(join(double, "package.json"), JSON.stringify({ name: "wrangler", version: "0.0.0", main: "main.mjs" }));
  const real = JSON.stringify(join(ROOT, "node_modules/wrangler/wrangler-dist/cli.js"));
  writeFileSync(join(double, "main.mjs"), `export { experimental_readRawConfig } from ${real};\n`);
  writeFileSync(join(double, "account.json"), JSON.stringify(account));

  const path = (name: string) => join(tree, name);
  const read = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), "utf8") : undefined);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  const edit = (changes: Readonly<Record<string, string>>) => {
    let text = read("wrangler.toml") ?? "";
    for (const [from, to] of Object.entries(changes)) {
      if (!text.includes(from)) throw new Error(`wrangler.toml has no ${from}`);
      text = text.replace(from, () => to);
    }
    write("wrangler.toml", text);
  };
  edit(FILLED);
  const lines = (): readonly unknown[] =>
    (read("node_modules/wrangler/calls.ndjson") ?? "")
      .split("\n")
      .flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  const environment = { ...process.env, TMPDIR: temporary, TEMP: temporary };
  const script = (name: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
    new Promise<{ status: number; stdout: string; stderr: string }>((done) => {
      const options = { cwd: tree, env: { ...environment, ...env } };
      const child = execFile(process.execPath, [`scripts/${name}`, ...args], options, (_, stdout, stderr) =>
        done({ status: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  return {
    read,
    write,
    edit,
    script,
    run: (env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) => script("deploy.ts", args, env),
    start: () =>
      spawn(process.execPath, ["scripts/deploy.ts"], {
        cwd: tree,
        env: environment,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    calls: () => lines().flatMap((line) => CALL.safeParse(line).data ?? []),
    deployed: () => lines().flatMap((line) => DEPLOYED.safeParse(line).data ?? []),
    /** Everything in the temporary folder that holds this text, by file name. */
    leftovers: () => readdirSync(temporary, { recursive: true, encoding: "utf8" }),
  };
}
