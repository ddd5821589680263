// The bridge as a newcomer runs it: `wrangler dev` as a process of its own, on a free port of 127.0.0.1, with its own state,
// secrets and migrations in a temporary folder. Ends the processes that it started and no others.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ROOT, randomSecret, runWrangler, startWrangler } from "../../scripts/wrangler.ts";

export interface WorkerOptions {
  /** The file that is run, whatever `main` is. */
  readonly entry: string;
  /** The text of another wrangler.toml than this repository's. */
  readonly config?: string;
  readonly vars?: Readonly<Record<string, string>>;
  /** What an answer to GET / has to contain: another process may have taken the port. */
  readonly says: string;
}

export interface Running {
  readonly origin: string;
  /** The folder of `--persist-to`. */
  readonly state: string;
  /** What it has printed so far. */
  readonly output: () => string;
  /** Ends it; `kill` ends it as a crash would. The state is kept when it is to start again. */
  readonly stop: (how?: { readonly kill?: boolean; readonly keep?: boolean }) => Promise<void>;
  /** Starts it once more, on the same origin, state and settings. */
  readonly again: () => Promise<Running>;
}

const START_DEADLINE_MS = 60_000;

export interface BridgeOptions extends Partial<WorkerOptions> {
  /** False for tests that touch no note: it starts in half the time. */
  readonly tables?: boolean;
}

/** A bridge with development sign-in and fresh secrets. */
export async function startBridge({ tables = true, ...options }: BridgeOptions = {}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "drawbridge-"));
  if (tables) {
    const state = join(folder, "state");
    const { ok, output } = runWrangler("d1", "migrations", "apply", "DB", "--local", "--persist-to", state);
    if (!ok) throw new Error(`the migrations could not be applied: ${output}`);
  }
  const vars = {
    DRAWBRIDGE_SECRET: randomSecret(),
    SUBJECT_KEY: randomSecret(),
    BUDGET_FACTOR: "1000",
    ...options.vars,
  };
  return start({ entry: join(ROOT, "src/development.ts"), says: "Drawbridge", ...options, vars }, folder);
}

/** Any other Worker. */
export async function startWorker(options: WorkerOptions): Promise<Running> {
  return start(options, await mkdtemp(join(tmpdir(), "drawbridge-")));
}

async function start(options: WorkerOptions, folder: string): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startAt(await freePort(), options, folder);
    } catch (error) {
      // Between the look and the start somebody else may take the port.
      if (attempt < 3 && String(error).includes("Address already in use")) continue;
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

async function startAt(port: number, options: WorkerOptions, folder: string): Promise<Running> {
  const origin = `http://127.0.0.1:${port}`;
  const state = join(folder, "state");
  const envFile = join(folder, "vars");
  const vars = Object.entries({ PUBLIC_URL: origin, ...options.vars });
  await writeFile(envFile, vars.map(([name, value]) => `${name}=${value}\n`).join(""), { mode: 0o600 });
  const places = ["--persist-to", state, "--env-file", envFile];
  if (options.config !== undefined) {
    const config = join(folder, "wrangler.toml");
    await writeFile(config, options.config);
    places.push("--config", config);
  }
  const address = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  const args = ["dev", options.entry, ...address, ...places, "--show-interactive-dev-session=false"];
  const child = startWrangler(args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  const hear = (text: string) => {
    output += text;
  };
  child.stdout?.setEncoding("utf8").on("data", hear);
  child.stderr?.setEncoding("utf8").on("data", hear);
  // A test run that is cut short leaves nobody behind.
  const killGroup = () => signal(child, "SIGKILL");
  process.once("exit", killGroup);

  const running: Running = {
    origin,
    state,
    output: () => output,
    again: () => startAt(port, options, folder),
    async stop({ kill = false, keep = false } = {}) {
      process.removeListener("exit", killGroup);
      await end(child, port, kill);
      if (!keep) await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await ready(child, running, options.says);
  } catch (error) {
    await running.stop({ kill: true, keep: true });
    throw error;
  }
  return running;
}

/** Waits for the first answer that is this Worker's own. */
async function ready(child: ChildProcess, { origin, output }: Running, says: string): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it stopped at once: ${output()}`);
    // Its own word first: until then whoever answers is somebody else.
    if (output().includes(`Ready on ${origin}`)) {
      const text = await fetch(origin).then((answer) => answer.text(), String);
      if (text.includes(says)) return;
      if (Date.now() > deadline) throw new Error(`it answers, but not with "${says}": ${text}\n${output()}`);
    }
    if (Date.now() > deadline) throw new Error(`it did not start within ${START_DEADLINE_MS} ms: ${output()}`);
    await setTimeout(25);
  }
}

/** Ends the whole group: wrangler, workerd and esbuild. Comes back when nobody listens any more. */
async function end(child: ChildProcess, port: number, kill: boolean): Promise<void> {
  const gone = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
  signal(child, kill ? "SIGKILL" : "SIGTERM");
  await Promise.race([gone, setTimeout(5_000, undefined, { ref: false })]);
  signal(child, "SIGKILL");
  while (await listens(port)) await setTimeout(25);
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group is gone.
  }
}

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
