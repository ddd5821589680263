// A Worker under the lockfile's wrangler, as a group of processes of its own: started, waited for, stopped and killed in one way for
// every script and test that needs one. What is run, and how to tell that it is what answers, is theirs to say.

import { type ChildProcess, execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { Failure } from "./command.ts";
import { GROUPED, ROOT, signalGroup, startWrangler } from "./wrangler.ts";

const START_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 5_000;

export interface LocalWorker {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly said: () => string;
  /** Waits until `serves` says so. @throws with what it printed, when it ends or takes too long */
  readonly ready: (serves: () => Promise<boolean>) => Promise<void>;
  /** Asks it to end, and makes sure. */
  readonly stop: () => Promise<void>;
  /** As a crash would: wrangler, workerd and esbuild at once. */
  readonly kill: () => void;
}

/** Nobody listens there now. Below 32768, because a system gives the ports above to connections, between this look and the start. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(20_000, 32_768);
    const probe = createServer().listen(port, "127.0.0.1");
    const free = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    if (!free) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
  throw new Failure("No port is free.");
}

/** The arguments of wrangler that bind it to this port of 127.0.0.1, and nothing else to any. */
export function addressOf(port: number): readonly string[] {
  const quiet = "--show-interactive-dev-session=false";
  return ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", quiet];
}

/** The processes that a process has started, and with which words. By `ps`: none on Windows. */
export function childrenOf(parent: number): readonly { readonly pid: number; readonly words: string }[] {
  if (!GROUPED) return [];
  return execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , ppid]) => Number(ppid) === parent)
    .map(([, pid, , words = ""]) => ({ pid: Number(pid), words }));
}

/** Of those, the ones of workerd. */
export function workerdsOf(wrangler: number) {
  return childrenOf(wrangler).filter(({ words }) => /^\S*workerd /.test(words));
}

export function startLocal(args: readonly string[], cwd = ROOT): LocalWorker {
  const child = startWrangler(args, { cwd, stdio: ["ignore", "pipe", "pipe"], detached: GROUPED });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const gone = once(child, "close").catch(() => undefined);
  const kill = () => {
    process.removeListener("exit", kill);
    signalGroup(child, "SIGKILL");
  };
  // A run that is cut short leaves nobody behind.
  process.once("exit", kill);
  const stop = async () => {
    if (!ended()) {
      signalGroup(child, "SIGTERM");
      await Promise.race([gone, delay(STOP_DEADLINE_MS, undefined, { ref: false })]);
    }
    kill();
    await Promise.race([gone, delay(STOP_DEADLINE_MS, undefined, { ref: false })]);
  };
  const said = () => stripVTControlCharacters(text).trim();
  const ready = async (serves: () => Promise<boolean>) => {
    for (const deadline = Date.now() + START_DEADLINE_MS; Date.now() < deadline; await delay(30)) {
      if (ended()) throw new Failure(`The local server has stopped by itself.\n${said()}`);
      if (await serves()) return;
    }
    throw new Failure(`The local server did not start within ${START_DEADLINE_MS / 1000} seconds.\n${said()}`);
  };
  return { child, said, ready, stop, kill };
}
