// Every npm script that is a command of ours: `--help` and what it cannot read, as anyone who types it sees them.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ROOT } from "../../../scripts/wrangler.ts";

const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const COMMANDS = Object.entries(scripts).filter(([, line]) => /\bscripts\/[\w-]+\.ts\b/.test(line));

/** Under Node's permission model, which lets it write no file and start no process. */
async function run(line: string, ...args: readonly string[]) {
  const words = line.split(" ").slice(1);
  const barred = ["--permission", "--allow-fs-read=*", "--allow-addons", "--no-warnings"];
  const ran = promisify(execFile)(process.execPath, [...barred, ...words, ...args], { cwd: ROOT });
  return ran.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test("each is one program of node, started with what makes one line of every error", () => {
  expect(COMMANDS.length).toBeGreaterThan(15);
  for (const [name, line] of COMMANDS) {
    expect(line, name).toMatch(/^node --require \.\/scripts\/require-node\.cjs scripts\/[\w-]+\.ts( \w+)?$/);
  }
});

test.each(COMMANDS)(
  "npm run %s -- --help says what it does, its options, an example and its exit codes, and does nothing",
  {
    timeout: 60_000,
  },
  async (name, line) => {
    const typed = name === "start" ? "npm start" : `npm run ${name}`;
    const { code, stdout, stderr } = await run(line, "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.startsWith(`Use: ${typed} -- `)).toBe(true);
    expect(stdout).toMatch(/\n\nOptions:\n( {2}--[\w-]+( [A-Z]+)? +\S.*\n)*? {2}--help +/);
    expect(stdout).toContain(`\nExample: ${typed}`);
    expect(stdout).toMatch(/\nEnds with 0 .*1 .*2 /);
  },
);

test.each(COMMANDS)(
  "npm run %s -- --nonsense is one line that says so and where to read on, and exit code 2",
  {
    timeout: 60_000,
  },
  async (_, line) => {
    const { code, stdout, stderr } = await run(line, "--nonsense");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^.*--nonsense.*: see npm [\w: ]+ -- --help\n$/);
  },
);
