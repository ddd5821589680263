// `npm run check`: everything that is cheap and must hold before a commit, side by side. What fails is shown whole; nothing is written.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readCommand } from "./command.ts";
import { ROOT } from "./wrangler.ts";

readCommand({
  name: "npm run check",
  does: `Looks for what must not be committed: lint and format, types, dead code, imports across the walls of src, a lockfile that npm ci would
refuse or that lacks a platform, generated files that are stale, words that docs/glossary.md replaces, and what would stop a deploy. Changes nothing.`,
  example: "npm run check",
});

const CHECKS: readonly (readonly string[])[] = [
  ["node_modules/typescript/bin/tsc", "-p", "."],
  ["scripts/deploy.ts", "--dry-run"],
  ["node_modules/knip/bin/knip.js"],
  ["node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off", "--error-on-warnings", "."],
  ["scripts/generate.ts", "--check"],
  ["scripts/check-imports.ts"],
  ["scripts/check-lockfile.ts"],
  ["scripts/check-pins.ts"],
  ["scripts/check-words.ts"],
];

/** More at once than there are cores would only make each slower. */
const queue = CHECKS.values();
const outcomes = await Promise.all([work(), work()]);
process.exitCode = outcomes.flat().every((passed) => passed) ? 0 : 1;

async function work(): Promise<readonly boolean[]> {
  const passed: boolean[] = [];
  for (const [program = "", ...args] of queue) {
    const child = spawn(process.execPath, [program, ...args], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
    const [code] = await once(child, "close");
    passed.push(code === 0);
    if (code !== 0) console.error(said.trimEnd());
    // Differences of pins are said, and are no failure.
    else if (program === "scripts/check-pins.ts" && said !== "") console.log(said.trimEnd());
  }
  return passed;
}
