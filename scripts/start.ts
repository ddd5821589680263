// `npm start`: the whole bridge on this computer, without an account. Makes the secrets of .dev.vars once, applies the local
// migrations, starts `wrangler dev` on 127.0.0.1 and says how to connect. Not for deployment: it runs src/development.ts.

import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BASE, readFragment } from "../src/bridge/settings.ts";
import { providerProblem } from "../src/bridge/sign-in/discovery.ts";
import { loadApp } from "./app-shape.ts";
import { Failure, Misuse, readCommand } from "./command.ts";
import { importsLeftOut } from "./left-out.ts";
import { addressOf, workerdsOf } from "./local-worker.ts";
import { GROUPED, migrateLocally, ROOT, randomSecret, readVars, signalGroup, startWrangler } from "./wrangler.ts";

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 1_000;
const WATCH_MS = 500;
const ANSWER_DEADLINE_MS = 3_000;

const { values } = readCommand({
  name: "npm start",
  does: "Runs the whole bridge on this computer, without an account. Makes .dev.vars and the local databases where there are none.",
  options: {
    port: { type: "string", takes: "N", default: "8787", is: "another port of 127.0.0.1 than 8787" },
    "persist-to": { type: "string", takes: "DIR", is: "where local data is kept, if not in .wrangler/state" },
  },
  example: "npm start -- --port 8788",
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Misuse(`${values.port} is no port`);
const persist = values["persist-to"] === undefined ? [] : ["--persist-to", values["persist-to"]];
const origin = `http://127.0.0.1:${port}`;

for (const { setting, problem, fix } of importsLeftOut()) throw new Failure(`${setting} ${problem}: ${fix}.`);
const { look } = await loadApp();
ensureSecrets();
await checkPortIsFree();
applyMigrations();
await serve();

/** Makes .dev.vars when there is none. One that is there is the reader's own: it is checked and never written. */
function ensureSecrets(): void {
  const vars = readVars(".dev.vars");
  if (vars === undefined) {
    const text = `# Secrets of this computer alone, made by \`npm start\`. See .dev.vars.example.
DRAWBRIDGE_SECRET=${randomSecret()}
SUBJECT_KEY=${randomSecret()}
`;
    writeFileSync(join(ROOT, ".dev.vars"), text, { mode: 0o600, flag: "wx" });
    return;
  }
  // For all else (bindings, other settings) the Worker itself answers: see firstProblem.
  const outcome = readFragment(BASE, { ...vars, PUBLIC_URL: origin });
  if (!("problems" in outcome)) return;
  const all = outcome.problems.map(({ setting, problem }) => `${setting} ${problem}`).join(", ");
  throw new Failure(
    `.dev.vars cannot be used: ${all}. Write secrets there as NAME=value (openssl rand -base64 32), or delete it: npm start makes a new one.`,
  );
}

async function checkPortIsFree(): Promise<void> {
  const trouble = await new Promise<string | undefined>((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
  if (trouble === undefined) return;
  const why = trouble === "EADDRINUSE" ? "in use" : `not to be had (${trouble})`;
  throw new Failure(`Port ${port} is ${why}. Choose another: npm start -- --port ${port === 65_535 ? 8787 : port + 1}`);
}

function applyMigrations(): void {
  const { ok, output } = migrateLocally(persist);
  if (!ok) throw new Failure(`The local database could not be prepared: ${output}`);
}

async function serve(): Promise<void> {
  const quiet = ["--log-level", "error"];
  const vars = ["--var", `PUBLIC_URL:${origin}`, "--var", "ERROR_DETAILS:on"];
  // The client id in wrangler.toml is the deployed bridge's; without its secret in .dev.vars it means nothing here.
  const own = readVars(".dev.vars");
  if (!own?.["GITHUB_CLIENT_SECRET"]) vars.push("--var", "GITHUB_CLIENT_ID:");
  if (!own?.["OIDC_CLIENT_SECRET"]) vars.push("--var", "OIDC_ISSUER:", "--var", "OIDC_CLIENT_ID:");
  const child = startWrangler(
    // What is deployed is minified; here a stack should name functions.
    ["dev", "src/development.ts", "--no-minify", ...addressOf(port), ...vars, ...quiet, ...persist],
    // A process group of its own: a Ctrl-C reaches this script alone, and one signal can reach workerd and esbuild too.
    { stdio: ["ignore", "inherit", "inherit"], detached: GROUPED },
  );
  let code: number | undefined;
  child.on("exit", (status, signal) => {
    if (code === undefined) console.error(`The local server has stopped by itself (${signal ?? `code ${status}`}).`);
    signalGroup(child, "SIGKILL");
    process.exit(code ?? 1);
  });
  const end = (exitCode: number): void => {
    if (code !== undefined) return;
    code = exitCode;
    signalGroup(child, "SIGTERM");
    setTimeout(() => signalGroup(child, "SIGKILL"), STOP_DEADLINE_MS);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => end(0));
  // npm hands a SIGTERM to its shell, which dies of it and leaves this script behind.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && end(0), 200);

  const problem = await firstProblem();
  if (code !== undefined) return;
  if (problem === undefined) {
    console.log(screen());
    watchProxy(child, () => {
      console.error("The local server takes connections and answers none: its proxy died. Start it again: npm start");
      end(1);
    });
    return warnOfProvider(own?.["OIDC_CLIENT_SECRET"] ? own["OIDC_ISSUER"] : undefined);
  }
  console.error(problem);
  end(1);
}

/** Wrangler starts a proxy anew that died, and then it never answers. The one that holds the port has it in its words. */
function watchProxy({ pid = 0 }: ChildProcess, dead: () => void): void {
  const proxy = () => workerdsOf(pid).find(({ words }) => words.includes(`entry=127.0.0.1:${port} `))?.pid;
  let alive = proxy();
  let asking = false;
  setInterval(async () => {
    if (alive === undefined || asking || isAlive(alive)) return;
    asking = true;
    const answered = await fetch(origin, { signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) }).then(
      () => true,
      () => false,
    );
    if (!answered) return dead();
    alive = proxy();
    asking = false;
  }, WATCH_MS);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits for the first answer. `undefined` when the bridge serves, else why it does not. */
async function firstProblem(): Promise<string | undefined> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(origin, { headers: { accept: "text/plain" } }).catch(() => undefined);
    if (answer !== undefined) {
      const text = await answer.text();
      return answer.ok ? undefined : `The bridge refuses to serve (${answer.status}).\n${text.trim()}`;
    }
    await delay(50);
  }
  return `The local server did not answer within ${START_DEADLINE_MS / 1000} seconds.`;
}

/** Says so now, not at the first sign-in; development sign-in works all the same. */
async function warnOfProvider(issuer: string | undefined): Promise<void> {
  const trouble = issuer === undefined ? undefined : await providerProblem(issuer);
  if (trouble !== undefined) console.error(`  ${trouble.setting} ${trouble.problem}.\n  ${trouble.fix}\n`);
}

function screen(): string {
  return `
  ${look.name}   ${origin}

  Claude Desktop, in claude_desktop_config.json:
    { "mcpServers": { "drawbridge": { "command": "npx", "args": ["-y", "mcp-remote@0.15.1", "${origin}/mcp"] } } }

  Inspector (Node 22.19 or newer):
    npx -y @modelcontextprotocol/inspector@2.12.0 --server-url ${origin}/mcp

  Sign in:  type any name (development sign-in, on this computer only)
  Stop:     Ctrl-C
`;
}
