// `npm run guard` on a local database: ids as they come, and words for what is not there.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { readCommand } from "../../../scripts/command.ts";
import { runWrangler } from "../../../scripts/wrangler.ts";
import { plantTree } from "../support/adopter-tree.ts";

const SUBJECT = `dbr1_${"A".repeat(22)}`;

/** An adopter's tree: the commands read its wrangler.toml, and the names of its tools. */
const TREE = mkdtempSync(join(tmpdir(), "drawbridge-guard-"));
plantTree(TREE);
afterAll(() => rmSync(TREE, { recursive: true, force: true }));

const guard = (...args: readonly string[]) => guardIn(TREE, ...args);

function guardIn(tree: string, ...args: readonly string[]): Promise<{ status: number; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["scripts/guard.ts", ...args], { cwd: tree }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, said: stdout + stderr }),
    );
  });
}

function must(...args: readonly string[]): void {
  const { ok, output } = runWrangler(...args, "--config", join(TREE, "wrangler.toml"));
  if (!ok) throw new Error(output);
}

test("an id may begin with a dash, and a switch for what is not there does not read like a success", {
  timeout: 300_000,
}, async () => {
  const state = mkdtempSync(join(tmpdir(), "drawbridge-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const local = ["--local", "--persist-to", state];
  const here = ["--persist-to", state];
  must("d1", "migrations", "apply", "CONTROL", ...local);
  const user = `INSERT INTO person (subject, since) VALUES ('${SUBJECT}', 1)`;
  must("d1", "execute", "CONTROL", "--command", user, ...local);
  for (const key of [`grant:${SUBJECT}:-dashed-id`, "client:--client-id"]) {
    must("kv", "key", "put", key, "{}", "--binding", "OAUTH_KV", ...local);
  }

  expect(await guard("end", "grant", "-dashed-id", ...here)).toMatchObject({
    status: 0,
    said: expect.stringMatching(/grant -dashed-id: ended/),
  });
  expect(await guard(...here, "block", "client", "--client-id")).toMatchObject({
    status: 0,
    said: expect.stringMatching(/blocked/),
  });
  expect(await guard("freeze", SUBJECT, ...here)).toMatchObject({ status: 0, said: expect.stringMatching(/frozen/) });

  const typo = await guard("end", "grant", "-dashed-ib", ...here);
  expect(typo).toMatchObject({ status: 1, said: expect.stringMatching(/no such grant, so nothing was ended/) });
  expect(typo.said).not.toMatch(/: ended/);
  const nobody = await guard("freeze", `dbr1_${"B".repeat(22)}`, ...here);
  expect(nobody).toMatchObject({ status: 1, said: expect.stringMatching(/nobody was frozen/) });
  // Not a word of it is lost: what was set is set.
  const { said } = await guard("status", ...here);
  for (const id of ["-dashed-id", "-dashed-ib", "--client-id"]) expect(said).toContain(` ${id}\n`);
});

test("with an app that cannot be read, an operator still stops the bridge", { timeout: 120_000 }, async () => {
  const tree = mkdtempSync(join(tmpdir(), "drawbridge-guard-"));
  onTestFinished(() => rmSync(tree, { recursive: true, force: true }));
  plantTree(tree);
  must("d1", "migrations", "apply", "CONTROL", "--local", "--persist-to", join(tree, "state"));
  writeFileSync(join(tree, "src/policy.ts"), "export const policy = {{;\n");
  const here = ["--persist-to", join(tree, "state")];
  expect(await guardIn(tree, "mode", "off", ...here)).toEqual({
    status: 0,
    said: expect.stringMatching(/^The mode is off/),
  });
  const named = await guardIn(tree, "block", "tool", "whoami", ...here);
  expect(named).toEqual({
    status: 1,
    said: expect.stringMatching(/^src\/app\.ts and its policy cannot be read: .+\n$/),
  });
});

test("only the options that there are, spelled out, are options; after -- nothing is", () => {
  const options = { remote: { type: "boolean", is: "" }, url: { type: "string", is: "" } } as const;
  const command = { words: ["[WORD…]"], name: "guard", does: "", example: "", options, dashes: true };
  const read = (...args: readonly string[]) => readCommand(command, args);
  const { words, values } = read("--remote", "end", "--url=https://a.example", "grant", "-x", "--other=y", "-h");
  expect(words).toEqual(["end", "grant", "-x", "--other=y", "-h"]);
  expect({ ...values }).toEqual({ remote: true, url: "https://a.example" });
  expect(read("end", "--url=-u", "--", "--remote")).toMatchObject({
    words: ["end", "--remote"],
    values: { url: "-u" },
  });
  expect(() => read("end", "--url")).toThrow("argument missing");
});
