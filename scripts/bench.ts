// `npm run bench`: the bridge against the plain servers and the floor, in one run, and docs/performance.md made from it.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { measureAuditLogs } from "../test/bridge/bench/audit-log.ts";
import { auditLogReport } from "../test/bridge/bench/cost-report.ts";
import { measureAll } from "../test/bridge/bench/measure.ts";
import { reportOf } from "../test/bridge/bench/report.ts";
import { prepareData } from "../test/bridge/bench/servers.ts";
import { Misuse, readCommand } from "./command.ts";
import { ROOT } from "./wrangler.ts";

const { values } = readCommand({
  name: "npm run bench",
  does: `Measures the bridge against plain servers and the floor, in one run, and makes docs/performance.md from it. Edit nothing under
src before it says "bundles": what is measured is what stands there when the servers start.`,
  options: {
    rounds: { type: "string", takes: "N", default: "7", is: "how many rounds (7)" },
    seconds: { type: "string", takes: "N", default: "2", is: "how long each slice of a round is (2)" },
    quick: { type: "boolean", default: false, is: "under a minute, printed only: does the bench itself work?" },
    only: { type: "string", takes: "PART", is: "ledger: the length of the audit log alone, printed only" },
  },
  example: "npm run bench -- --rounds 7 --seconds 2",
});
const { quick, only } = values;
if (only !== undefined && only !== "ledger") throw new Misuse("--only takes ledger");
const rounds = quick ? 1 : positive("rounds", Math.floor(Number(values.rounds)));
const seconds = quick ? 0.1 : positive("seconds", Number(values.seconds));

const load = loadavg()[0]?.toFixed(1);
const data = prepareData();
try {
  const say = (words: string) => console.error(`  ${words}`);
  if (only === "ledger") console.log(auditLogReport(await measureAuditLogs(data, { quick, rounds, say })));
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
  throw new Misuse(`--${name} takes a number above 0`);
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
