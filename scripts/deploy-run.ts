// How the deploy runs wrangler: every call can be stopped, and nothing that was handed to it outlives it. Ctrl-C, SIGTERM and a
// closed terminal end wrangler and then this process, with what is half-done in words. Secrets are handed over in a file that has
// no name any more: after a kill -9 nobody finds them either. (Windows knows no such file; there it is deleted on the way out.)

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GROUPED, outcomeOf, type Run, signalGroup, startWrangler } from "./wrangler.ts";

const GRACE_MS = 2_000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const WINDOWS = !GROUPED;

export interface Runner {
  /** Runs wrangler to its end. Without a terminal it never asks, and never opens a browser. */
  readonly run: (...args: readonly string[]) => Promise<Run>;
  /** The same, with these secrets for `--secrets-file`. */
  readonly runWithSecrets: (secrets: Readonly<Record<string, string>>, ...args: readonly string[]) => Promise<Run>;
  /** A directory that is gone when this process is. */
  readonly directory: string;
}

/** `stopped` says what a reader should know when the deploy was stopped now. */
export function createRunner(stopped: () => string): Runner {
  const directory = mkdtempSync(join(tmpdir(), "drawbridge-"));
  let child: ChildProcess | undefined;
  let stopping = false;
  process.once("exit", () => {
    if (child !== undefined) signalGroup(child, "SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  });
  const end = (code: number): void => {
    if (stopping) return;
    stopping = true;
    const leave = () => {
      say(`\n${stopped()}`);
      process.exit(code);
    };
    if (child === undefined) leave();
    child?.once("close", leave);
    if (child !== undefined) signalGroup(child, "SIGTERM");
    setTimeout(leave, GRACE_MS);
  };
  for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => end(code));
  // npm hands a SIGTERM to its shell, which dies of it and leaves this script behind.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && end(SIGNALS.SIGTERM), 200).unref();

  const start = async (args: readonly string[], stdin: number | "ignore"): Promise<Run> => {
    // A group of its own: a Ctrl-C reaches this script alone, and one signal all that wrangler has started.
    child = startWrangler(args, { stdio: [stdin, "pipe", "pipe"], detached: GROUPED });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => (said[name] += text));
    }
    const status = await once(child, "close").then(
      ([code]: readonly unknown[]) => (typeof code === "number" ? code : null),
      (error: Error) => {
        said.stderr += error.message;
        return null;
      },
    );
    child = undefined;
    // The way out is being taken; what comes after this call must not begin.
    if (stopping) return new Promise(() => undefined);
    return outcomeOf(status, said.stdout, said.stderr);
  };
  return {
    directory,
    run: (...args) => start(args, "ignore"),
    async runWithSecrets(secrets, ...args) {
      // JSON, because wrangler expands $NAME in a dotenv file and lets the shell's variables override it.
      const file = join(directory, "secrets.json");
      const handle = openSync(file, "wx+", 0o600);
      try {
        if (!WINDOWS) unlinkSync(file);
        writeSync(handle, JSON.stringify(secrets), 0);
        return await start([...args, "--secrets-file", WINDOWS ? file : "/dev/stdin"], WINDOWS ? "ignore" : handle);
      } finally {
        closeSync(handle);
        if (WINDOWS) rmSync(file, { force: true });
      }
    },
  };
}

/** A terminal that was closed takes no words; that is no reason to stay. */
function say(words: string): void {
  try {
    writeSync(2, `${words}\n`);
  } catch {
    // Nobody listens.
  }
}
