// `npm run bench`: the bridge against the plain servers and the floor, in one run, and docs/performance.md made from it.
//
//   npm run bench -- --rounds 7 --seconds 2     how many rounds, and how long each slice of a round is
//   npm run bench -- --quick                    under a minute, printed only: does the bench itself work?
//   npm run bench -- --only ledger              the length of the trail alone, printed only
//
// Edit nothing under src before it says "bundles": what is measured is what stands there when the servers start.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { trailReport } from "../test/bridge/bench/cost-report.ts";
import { measureAll } from "../test/bridge/bench/measure.ts";
import { reportOf } from "../test/bridge/bench/report.ts";
import { prepareData } from "../test/bridge/bench/servers.ts";
import { measureTrails } from "../test/bridge/bench/trail.ts";
import { ROOT } from "./wrangler.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const { quick, only } = values;
if (only !== undefined && only !== "ledger") fail("--only takes ledger.");
const rounds = quick ? 1 : positive("rounds", Math.floor(Number(values.rounds)));
const seconds = quick ? 0.1 : positive("seconds", Number(values.seconds));

const load = loadavg()[0]?.toFixed(1);
const data = prepareData();
try {
  const say = (words: string) => console.error(`  ${words}`);
  if (only === "ledger") console.log(trailReport(await measureTrails(data, { quick, rounds, say })));
  else {
    const report = reportOf(await measureAll(data, { quick, rounds, ms: seconds * 1000, say }), about());
    console.log(report);
    if (!quick) writeFileSync(join(ROOT, "docs/performance.md"), report);
  }
} finally {
  rmSync(data, { recursive: true, force: true });
}

function positive(name: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  fail(`--${name} takes a number above 0.`);
}

function fail(words: string): never {
  console.error(words);
  process.exit(1);
}

function about(): string {
  const versions = ["wrangler", "workerd", "agents", "@cloudflare/workers-oauth-provider"].map(
    (name) => `${name} ${versionOf(name)}`,
  );
  const command = `npm run bench -- --rounds ${rounds} --seconds ${seconds}`;
  const date = new Date().toISOString().slice(0, 10);
  const busy = `${availableParallelism()} cores (load average at the start ${load})`;
  return `\`${command}\`, ${date}, ${busy}, Node ${process.versions.node}, ${versions.join(", ")}.`;
}

function versionOf(name: string): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")) as {
    readonly version: string;
  };
  return version;
}
