// Runs git for `npm run upgrade`. Knows nothing of the bridge; its one effect is the git command that it is handed.

import { spawnSync } from "node:child_process";
import { Failure } from "./command.ts";

interface Options {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its own process group: a Ctrl-C in the terminal does not reach it. */
  readonly undisturbed?: boolean;
}

export type Git = (args: readonly string[], options?: Options) => string;

/** A hook or another git command may have set these for a repository of its own. */
const FOREIGN = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"];

/** What a git command printed. One that fails is a `Failure` with the first line of its complaint. */
export function gitIn(folder: string): Git {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.includes(name)));
  return (args, { input, env = {}, undisturbed = false } = {}) => {
    const { status, stdout, stderr, error } = spawnSync("git", ["-c", "core.quotePath=false", ...args], {
      cwd: folder,
      env: { ...inherited, LC_ALL: "C", ...env },
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      ...(input === undefined ? {} : { input }),
      ...(undisturbed ? { detached: true } : {}),
    });
    if (error !== undefined) throw new Failure(`git cannot be run: ${error.message}`);
    if (status !== 0) throw new Failure(complaintOf(stderr) ?? `git ${args[0]} failed`);
    return stdout;
  };
}

/** The same, where a failure is an answer. */
export function tryGit(git: Git, args: readonly string[]): string | undefined {
  try {
    return git(args);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function complaintOf(stderr: string): string | undefined {
  const lines = stderr.split("\n").map((line) => line.replace(/^(fatal|error): /, "").trim());
  return lines.find((line) => line !== "" && !line.startsWith("warning:"));
}
