// The bridge over the fixture as a newcomer runs theirs: `wrangler dev` as a process of its own, on a free port of 127.0.0.1, with its
// own state, secrets and migrations in a temporary folder. Ends the processes that it started and no others.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { addressOf, freePort, startLocal } from "../../../scripts/local-worker.ts";
import { migrateLocally, randomSecret } from "../../../scripts/wrangler.ts";
import { FIXTURE } from "./fixture.ts";

export interface WorkerOptions {
  /** The file that is run, whatever `main` is. */
  readonly entry: string;
  /** The text of another wrangler.toml than the fixture's. */
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

export interface BridgeOptions extends Partial<WorkerOptions> {
  /** False for tests that touch no note: it starts in half the time. */
  readonly tables?: boolean;
}

/** A bridge with development sign-in and fresh secrets. */
export async function startBridge({ tables = true, ...options }: BridgeOptions = {}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "drawbridge-"));
  if (tables) {
    const state = join(folder, "state");
    const { ok, output } = migrateLocally(["--persist-to", state], FIXTURE);
    if (!ok) throw new Error(`the migrations could not be applied: ${output}`);
  }
  const vars = {
    DRAWBRIDGE_SECRET: randomSecret(),
    SUBJECT_KEY: randomSecret(),
    BUDGET_FACTOR: "1000",
    ...options.vars,
  };
  return start({ entry: join(FIXTURE, "development.ts"), says: "Drawbridge", ...options, vars }, folder);
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
  const config = join(options.config === undefined ? FIXTURE : folder, "wrangler.toml");
  if (options.config !== undefined) await writeFile(config, options.config);
  const places = ["--config", config, "--persist-to", state, "--env-file", envFile];
  const local = startLocal(["dev", options.entry, ...addressOf(port), ...places], FIXTURE);
  const running: Running = {
    origin,
    state,
    output: local.said,
    again: () => startAt(port, options, folder),
    async stop({ kill = false, keep = false } = {}) {
      if (kill) local.kill();
      await local.stop();
      while (await listens(port)) await setTimeout(25);
      if (!keep) await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    // Its own word first: until then anyone who answers is somebody else.
    const answers = () => fetch(origin).then((answer) => answer.text(), String);
    await local.ready(
      async () => local.said().includes(`Ready on ${origin}`) && (await answers()).includes(options.says),
    );
  } catch (error) {
    await running.stop({ kill: true, keep: true });
    throw error;
  }
  return running;
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
