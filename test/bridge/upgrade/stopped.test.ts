// An upgrade that is stopped while it replaces files: a signal waits, a kill can be undone. A stand-in for git stops it at that step.

import { spawnSync } from "node:child_process";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAdopted, createFolder, createUpstream, type Repository, runScript, upgrade } from "./repositories.ts";

const TIMEOUT = { timeout: 120_000 };
const PATH = process.env["PATH"] ?? "";

/** Upgrades with a git that first does `atTheStep` when it is told to move index and files. */
function stopped(adopted: Repository, upstream: Repository, atTheStep: string) {
  const folder = createFolder();
  const git = spawnSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).stdout.trim();
  const step = `case " $* " in *" read-tree -m "*) ${atTheStep} ;; esac`;
  writeFileSync(join(folder, "git"), `#!/bin/sh\n${step}\nexec ${git} "$@"\n`);
  chmodSync(join(folder, "git"), 0o755);
  return runScript("upgrade.ts", adopted.folder, [upstream.folder], { PATH: `${folder}:${PATH}` });
}

test("a Ctrl-C, or a terminal that closes, waits until everything is in its place", TIMEOUT, () => {
  const upstream = createUpstream();
  for (const signal of ["INT", "TERM", "HUP"]) {
    const adopted = createAdopted();
    const { status, stdout } = stopped(adopted, upstream, `kill -${signal} $PPID`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining("Next: npm install") });
    expect(adopted.staged()).toContain("A src/bridge/fresh.ts");
    expect(adopted.git("diff")).toBe("");
  }
});

test("after a kill half-way the next run says so, and the commands that it names undo everything", TIMEOUT, () => {
  const [upstream, adopted] = [createUpstream(), createAdopted()];
  const before = adopted.state();
  // What git leaves when it is killed too: some files new, the index old and locked.
  const half = `echo '// two' > src/bridge/server.ts; echo new > src/bridge/fresh.ts; rm src/bridge/gone.ts; touch .git/index.lock`;
  expect(stopped(adopted, upstream, `kill -KILL $PPID; ${half}; exit 1`).status).toBe(null);
  expect(adopted.read("src/bridge/server.ts")).toBe("// two\n");
  const again = upgrade(adopted, upstream.folder);
  expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining("killed half-way. Undo it: ") });
  const undo = /Undo it: (.*)/.exec(again.stderr)?.[1] ?? "exit 1";
  expect(spawnSync("bash", ["-c", undo], { cwd: adopted.folder }).status).toBe(0);
  expect(adopted.state()).toEqual(before);
  expect(upgrade(adopted, upstream.folder)).toMatchObject({ status: 0, stderr: "" });
});

test(
  "where git itself cannot do the step, that is said, with what undoes it, and nothing is half done",
  TIMEOUT,
  () => {
    const [upstream, adopted] = [createUpstream(), createAdopted()];
    const before = adopted.state();
    writeFileSync(join(adopted.folder, ".git/index.lock"), "");
    const { status, stderr } = upgrade(adopted, upstream.folder);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/did not end: .*index\.lock.* undo them: /),
    });
    expect(adopted.state()).toEqual(before);
    rmSync(join(adopted.folder, ".git/index.lock"));
    expect(upgrade(adopted, upstream.folder)).toMatchObject({ status: 0, stderr: "" });
  },
);
