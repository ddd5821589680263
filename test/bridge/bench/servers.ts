// Starts the bridge and the plain servers as processes on free loopback ports, each with local data of its own in a folder
// that is thrown away, and makes sure that what answers there is what was started.

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../../scripts/local-worker.ts";
import { migrateLocally, QUIET, ROOT, randomSecret, runWrangler } from "../../../scripts/wrangler.ts";
import { FIXTURE } from "../support/fixture.ts";
import { type CpuClock, createCpuClock } from "./cpu.ts";

const START_DEADLINE_MS = 90_000;

export type ServerName = "ours" | "agent" | "stateless" | "floor";
export type Servers = Readonly<Record<ServerName, { readonly origin: string; readonly cpu: CpuClock }>>;

interface Served {
  readonly config: string;
  readonly entry: string;
  readonly env?: string;
}

const PLAIN = "test/bridge/bench/plain/wrangler.plain.toml";
const SERVERS: Readonly<Record<ServerName, Served>> = {
  ours: { config: "test/bridge/fixture/wrangler.toml", entry: "test/bridge/fixture/development.ts" },
  agent: { config: PLAIN, entry: "test/bridge/bench/plain/agent.ts", env: "" },
  stateless: { config: PLAIN, entry: "test/bridge/bench/plain/stateless.ts", env: "stateless" },
  floor: { config: PLAIN, entry: "test/bridge/bench/plain/floor.ts", env: "floor" },
};
const NAMES = ["ours", "agent", "stateless", "floor"] as const;
const LEDGER: Served = {
  config: "test/bridge/bench/ledger/wrangler.ledger.toml",
  entry: "test/bridge/bench/ledger/entry.ts",
};

/** A folder for local data with the tables in it, for each server. The caller removes it. */
export function prepareData(): string {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-bench-"));
  for (const [name, config] of [["ours", []] as const, ["agent", ["--config", PLAIN, "--env", ""]] as const]) {
    const local = ["--local", "--persist-to", join(folder, name)];
    const plain = () => runWrangler("d1", "migrations", "apply", "DB", ...local, ...config);
    const { ok, output } = name === "ours" ? migrateLocally(["--persist-to", join(folder, name)], FIXTURE) : plain();
    if (!ok) throw new Error(`The database of ${name} could not be prepared.\n${output}`);
  }
  for (const name of ["stateless", "floor"]) cpSync(join(folder, "agent"), join(folder, name), { recursive: true });
  cpSync(join(folder, "ours"), join(folder, "ledger"), { recursive: true });
  return folder;
}

/** Runs `work` with all four. `counted`: their entries under test/bridge/bench/counted, which count storage operations. */
export async function withServers<T>(
  data: string,
  counted: boolean,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const running: Running[] = [];
  try {
    for (const name of NAMES) {
      const served = counted ? { ...SERVERS[name], entry: `test/bridge/bench/counted/${name}.ts` } : SERVERS[name];
      running.push(await start(name, served, join(data, name)));
    }
    await Promise.all(running.map((one) => answers(one, METADATA, `"${one.origin}/mcp"`)));
    return await work(
      Object.fromEntries(
        running.map(({ name, origin, child }) => [
          name,
          { origin, cpu: createCpuClock(child.pid, Number(new URL(origin).port)) },
        ]),
      ) as Servers,
    );
  } finally {
    await Promise.all(running.map(stop));
    clean("plain");
  }
}

/** Runs `work` with nothing but ledgers. */
export async function withLedger<T>(data: string, work: (origin: string) => Promise<T>): Promise<T> {
  const running = await start("ledger", LEDGER, join(data, "ledger"));
  try {
    await answers(running, "/", "for measuring only");
    return await work(running.origin);
  } finally {
    await stop(running);
    clean("ledger");
  }
}

/** What wrangler leaves beside a configuration. */
function clean(folder: string): void {
  rmSync(join(ROOT, "test/bridge/bench", folder, ".wrangler"), { recursive: true, force: true });
}

const METADATA = "/.well-known/oauth-protected-resource/mcp";

interface Running {
  readonly name: string;
  readonly origin: string;
  readonly child: ChildProcess;
}

async function start(name: string, served: Served, persist: string): Promise<Running> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const vars = name === "ours" ? ourVars(origin) : { PUBLIC_URL: origin };
  const place = { config: join(ROOT, served.config), entry: join(ROOT, served.entry) };
  const options = JSON.stringify({ ...served, ...place, port, persist, vars });
  const child = spawn(process.execPath, ["--no-warnings", join(import.meta.dirname, "serve.ts"), options], {
    // What an [alias] stands for is looked up from here.
    cwd: dirname(place.config),
    env: { ...process.env, ...QUIET },
    stdio: ["ignore", "ignore", "inherit"],
    // Its own process group, so that one signal reaches workerd and esbuild too.
    detached: process.platform !== "win32",
  });
  return { name, origin, child };
}

/** Whatever .dev.vars holds on this computer, these come first. No user makes as many calls as a load generator. */
function ourVars(origin: string): Readonly<Record<string, string>> {
  return {
    PUBLIC_URL: origin,
    BUDGET_FACTOR: "1000000",
    DRAWBRIDGE_SECRET: randomSecret(),
    SUBJECT_KEY: randomSecret(),
    GITHUB_CLIENT_ID: "",
    GITHUB_CLIENT_SECRET: "",
  };
}

/** Waits until the server says what only it says: somebody else's on the same port would say something else. */
async function answers({ name, origin, child }: Running, path: string, says: string): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${name} has stopped by itself.`);
    const answer = await fetch(origin + path).catch(() => undefined);
    const text = await answer?.text();
    if (answer?.ok && text?.includes(says)) return;
    await delay(100);
  }
  throw new Error(`${name} did not answer at ${origin}.`);
}

async function stop({ child }: Running): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // Wrangler alone first: it ends its own children, and complains when they are gone before it.
  child.kill("SIGTERM");
  await Promise.race([gone, delay(2_000)]);
  killGroup(child.pid);
}

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // The group is already gone.
  }
}
