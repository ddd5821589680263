// `npm start`: the whole bridge on this computer, without an account. Makes the secrets of .dev.vars once, applies the local
// migrations, starts `wrangler dev` on 127.0.0.1 and says how to connect. Not for deployment: it runs src/development.ts.
//
//   npm start -- --port 8788          another port
//   npm start -- --persist-to DIR     keep local data elsewhere (default: .wrangler/state)

import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { app } from "../src/app.ts";
import { BASE, readFragment } from "../src/bridge/settings.ts";
import { providerProblem } from "../src/bridge/sign-in/discovery.ts";
import { importsLeftOut } from "./left-out.ts";
import { migrateLocally, ROOT, randomSecret, readVars, startWrangler } from "./wrangler.ts";

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 1_000;

const { port, persist } = parseCommandLine();
const origin = `http://127.0.0.1:${port}`;

for (const { setting, problem, fix } of importsLeftOut()) stop(`${setting} ${problem}: ${fix}.`);
ensureSecrets();
await checkPortIsFree();
applyMigrations();
await serve();

function parseCommandLine(): { readonly port: number; readonly persist: readonly string[] } {
  try {
    const { values } = parseArgs({ options: { port: { type: "string" }, "persist-to": { type: "string" } } });
    const number = Number(values.port ?? 8787);
    if (!Number.isInteger(number) || number < 1 || number > 65_535) stop(`${values.port} is not a port.`);
    return { port: number, persist: values["persist-to"] === undefined ? [] : ["--persist-to", values["persist-to"]] };
  } catch (error) {
    stop(`${error instanceof Error ? error.message : error}\nUse: npm start -- [--port N] [--persist-to DIR]`);
  }
}

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
  const lines = outcome.problems.map(({ setting, problem }) => `  ${setting} ${problem}.`);
  stop(`.dev.vars cannot be used:
${lines.join("\n")}
Make a secret with \`openssl rand -base64 32\` and write it there as NAME=value,
or delete .dev.vars: the next \`npm start\` makes a new one.`);
}

async function checkPortIsFree(): Promise<void> {
  const trouble = await new Promise<string | undefined>((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
  if (trouble === undefined) return;
  const why = trouble === "EADDRINUSE" ? "in use" : `not to be had (${trouble})`;
  stop(`Port ${port} is ${why}. Choose another: npm start -- --port ${port === 65_535 ? 8787 : port + 1}`);
}

function applyMigrations(): void {
  const { ok, output } = migrateLocally(persist);
  if (!ok) stop(`The local database could not be prepared.\n${output}`);
}

async function serve(): Promise<void> {
  const address = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  const quiet = ["--log-level", "error", "--show-interactive-dev-session=false"];
  const vars = ["--var", `PUBLIC_URL:${origin}`, "--var", "ERROR_DETAILS:on"];
  // The client id in wrangler.toml is the deployed bridge's; without its secret in .dev.vars it means nothing here.
  const own = readVars(".dev.vars");
  if (!own?.["GITHUB_CLIENT_SECRET"]) vars.push("--var", "GITHUB_CLIENT_ID:");
  if (!own?.["OIDC_CLIENT_SECRET"]) vars.push("--var", "OIDC_ISSUER:", "--var", "OIDC_CLIENT_ID:");
  const child = startWrangler(
    // What is deployed is minified; here a stack should name functions.
    ["dev", "src/development.ts", "--no-minify", ...address, ...vars, ...quiet, ...persist],
    // A process group of its own: a Ctrl-C reaches this script alone, and one signal can reach workerd and esbuild too.
    { stdio: ["ignore", "inherit", "inherit"], detached: process.platform !== "win32" },
  );
  let code: number | undefined;
  child.on("exit", (status, signal) => {
    if (code === undefined) console.error(`The local server has stopped by itself (${signal ?? `code ${status}`}).`);
    signalAll(child.pid, "SIGKILL");
    process.exit(code ?? 1);
  });
  const end = (exitCode: number): void => {
    if (code !== undefined) return;
    code = exitCode;
    signalAll(child.pid, "SIGTERM");
    setTimeout(() => signalAll(child.pid, "SIGKILL"), STOP_DEADLINE_MS);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => end(0));
  // npm hands a SIGTERM to its shell, which dies of it and leaves this script behind.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && end(0), 200);

  const problem = await firstProblem();
  if (code !== undefined) return;
  if (problem === undefined) {
    console.log(screen());
    return warnOfProvider(own?.["OIDC_CLIENT_SECRET"] ? own["OIDC_ISSUER"] : undefined);
  }
  console.error(problem);
  end(1);
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

function signalAll(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // The group is already gone.
  }
}

function screen(): string {
  return `
  ${app.look.name}   ${origin}

  Claude Desktop, in claude_desktop_config.json:
    { "mcpServers": { "drawbridge": { "command": "npx", "args": ["-y", "mcp-remote@0.15.1", "${origin}/mcp"] } } }

  Inspector (Node 22.19 or newer):
    npx -y @modelcontextprotocol/inspector@2.12.0 --server-url ${origin}/mcp

  Sign in:  type any name (development sign-in, on this computer only)
  Stop:     Ctrl-C
`;
}

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}
