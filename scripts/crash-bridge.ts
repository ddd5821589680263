// A bridge that can be killed: `wrangler dev` over a bundle that was built once, with data of its own. Part of
// `npm run test:crash`; needs `ps`, so not for Windows.

import { join } from "node:path";
import { FIXTURE } from "../test/bridge/support/fixture.ts";
import { Failure } from "./command.ts";
import { addressOf, startLocal, workerdsOf } from "./local-worker.ts";

export interface RunningBridge {
  /** workerd first, without a word of warning; then what is left of its parents. */
  readonly kill: () => void;
  /** Settles with its first answer. */
  readonly ready: Promise<void>;
}

export interface BridgeOptions {
  readonly bundle: string;
  readonly port: number;
  readonly state: string;
  /** A dotenv file. */
  readonly secrets: string;
}

export function startBridge({ bundle, port, state, secrets }: BridgeOptions): RunningBridge {
  const origin = `http://127.0.0.1:${port}`;
  const own = [
    "--config",
    join(FIXTURE, "wrangler.toml"),
    "--persist-to",
    state,
    "--env-file",
    secrets,
    "--log-level",
    "none",
  ];
  const vars = [`PUBLIC_URL:${origin}`, "GITHUB_CLIENT_ID:", "BUDGET_FACTOR:1000000"];
  const set = vars.flatMap((pair) => ["--var", pair]);
  const local = startLocal(["dev", bundle, "--no-bundle", ...own, ...addressOf(port), ...set]);
  const kill = () => {
    const { pid, exitCode, signalCode } = local.child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    for (const worker of workerdsOf(pid)) end(worker.pid);
    local.kill();
  };
  const serves = async () => {
    const answer = await fetch(origin, { headers: { accept: "text/plain" } }).catch(() => undefined);
    const text = await answer?.text().catch(() => "");
    if (answer !== undefined && !answer.ok) throw new Failure(`The bridge refuses to serve.\n${text}`);
    return answer !== undefined;
  };
  return { kill, ready: local.ready(serves) };
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
