// `npm run test:crash`: starts the bridge over the tests' own app, calls tools from several users in both transports, kills workerd in the middle of it
// (SIGKILL), restarts on what was kept, and reads the audit log as an operator does. After every restart: each chain verifies and
// continues the one read before, and no admission that an answer acknowledged is missing. In the end, within a minute: every
// admission has exactly one outcome. A killed process is not a power cut: what the kernel had, it kept.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { FIXTURE } from "../test/bridge/support/fixture.ts";
import { Failure, Misuse, readCommand } from "./command.ts";
import { type RunningBridge, startBridge } from "./crash-bridge.ts";
import { Load } from "./crash-load.ts";
import { AuditLog, type Count } from "./crash-log.ts";
import { freePort } from "./local-worker.ts";
import { type Ask, targetOf, withOperatorToken } from "./operator.ts";
import { parseKey } from "./verify.ts";
import { migrateLocally, randomSecret, runWrangler } from "./wrangler.ts";

const OUTCOME_WITHIN_MS = 60_000;
const WARM_CALLS = 10;

const { words } = readCommand({
  name: "npm run test:crash",
  does: `Kills the bridge over the tests' own app in the middle of calls, KILLS times (20), starts it again each time on what was kept, and
looks that the audit log verifies and lacks nothing that an answer acknowledged. Everything lies in a temporary folder.`,
  words: ["[KILLS]"],
  example: "npm run test:crash -- 5",
});
const kills = Number(words[0] ?? 20);
if (!Number.isInteger(kills) || kills < 1) throw new Misuse("KILLS is a whole number above 0");
const directory = mkdtempSync(join(tmpdir(), "drawbridge-crash-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
await crash();

async function crash(): Promise<void> {
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  const config = ["--config", join(FIXTURE, "wrangler.toml")];
  const state = join(directory, "state");
  const secrets = join(directory, "vars");
  mkdirSync(state);
  writeFileSync(secrets, `DRAWBRIDGE_SECRET=${randomSecret()}\nSUBJECT_KEY=${randomSecret()}\n`, { mode: 0o600 });
  must(migrateLocally(["--persist-to", state], FIXTURE));
  const built = ["--dry-run", "--outdir", join(directory, "bundle")];
  must(runWrangler("deploy", "development.ts", "--cwd", FIXTURE, ...config, ...built));
  const port = await freePort();
  const bridgeOptions = { bundle: join(directory, "bundle", "development.js"), port, state, secrets };
  const local = await targetOf({ remote: false, url: `http://127.0.0.1:${port}`, "persist-to": state });
  const target = { ...local, where: [...local.where, ...config] };

  let bridge: RunningBridge | undefined;
  const start = async () => {
    bridge = startBridge(bridgeOptions);
    await bridge.ready;
    return bridge;
  };
  process.on("exit", () => bridge?.kill());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
  try {
    await withOperatorToken(target, "read", { do: "crash-test" }, async (ask) => {
      const running = await start();
      const load = new Load(target.url);
      const auditLog = new AuditLog(await keyOf(ask));
      await load.connect();
      const restarted = await killAndRestart({ kills, running, start, load, auditLog, ask, seconds });
      let count = await auditLog.check(ask, load);
      while (count.settled < count.admitted && Date.now() < restarted + OUTCOME_WITHIN_MS) {
        await delay(500);
        count = await auditLog.check(ask, load);
      }
      report(kills, load.receipts.length, count, seconds());
    });
  } finally {
    bridge?.kill();
  }
}

interface Ordeal {
  readonly kills: number;
  readonly running: RunningBridge;
  readonly start: () => Promise<RunningBridge>;
  readonly load: Load;
  readonly auditLog: AuditLog;
  readonly ask: Ask;
  readonly seconds: () => string;
}

/** Returns when the last restart was. */
async function killAndRestart({ kills, running, start, load, auditLog, ask, seconds }: Ordeal): Promise<number> {
  let bridge = running;
  let restarted = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const before = load.receipts.length;
    const calling = load.run();
    // Under load, and somewhere in the middle of a call.
    while (load.receipts.length < before + WARM_CALLS) await Promise.race([delay(10), calling.then(givenUp)]);
    await delay(Math.random() * 400);
    bridge.kill();
    await calling;
    bridge = await start();
    restarted = Date.now();
    await load.connect();
    const { admitted, settled } = await auditLog.check(ask, load);
    const calls = load.receipts.length - before;
    console.log(`kill ${kill}: ${calls} calls answered, ${admitted - settled} not settled yet; ${seconds()}`);
  }
  return restarted;
}

function givenUp(): never {
  throw new Failure("The bridge stopped answering before it was killed.");
}

function report(kills: number, answered: number, { admitted, settled, unknown }: Count, took: string): void {
  console.log(`
kills      ${kills}
answered   ${answered}
admitted   ${admitted}
settled    ${settled}
unknown    ${unknown}
lost       0
took       ${took}`);
  if (settled < admitted) throw new Failure(`${admitted - settled} admissions were not settled within a minute.`);
}

async function keyOf(ask: Ask): Promise<ReturnType<typeof parseKey>> {
  return parseKey((await ask({ do: "key" }, z.object({ key: z.string() }))).key);
}

function must({ ok, output }: { readonly ok: boolean; readonly output: string }): void {
  if (!ok) throw new Failure(output);
}
