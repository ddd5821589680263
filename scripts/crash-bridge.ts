// A bridge that can be killed: `wrangler dev` over a bundle that was built once, on a free port, with data of its own. Part of
// `npm run test:crash`; needs `ps`, so not for Windows.

import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { OperatorError } from "./operator.ts";
import { startWrangler } from "./wrangler.ts";

const START_DEADLINE_MS = 60_000;

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
  const child = startWrangler(
    [
      ...["dev", bundle, "--no-bundle", "--config", "wrangler.toml", "--persist-to", state, "--env-file", secrets],
      ...["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"],
      ...["--var", `PUBLIC_URL:${origin}`, "--var", "GITHUB_CLIENT_ID:", "--var", "BUDGET_FACTOR:1000000"],
      ...["--log-level", "none", "--show-interactive-dev-session=false"],
    ],
    { stdio: "ignore", detached: true },
  );
  const kill = () => {
    const { pid } = child;
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    for (const worker of workerdsOf(pid)) end(worker);
    end(-pid);
  };
  return { kill, ready: firstAnswer(origin, () => child.exitCode !== null) };
}

async function firstAnswer(origin: string, gone: () => boolean): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline && !gone()) {
    const answer = await fetch(origin, { headers: { accept: "text/plain" } }).catch(() => undefined);
    const text = await answer?.text().catch(() => "");
    if (answer?.ok) return;
    if (answer !== undefined) throw new OperatorError(`The bridge refuses to serve.\n${text}`);
    await delay(30);
  }
  throw new OperatorError(`The bridge did not start within ${START_DEADLINE_MS / 1000} seconds.`);
}

function workerdsOf(parent: number): readonly number[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" })
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , ppid, name = ""]) => Number(ppid) === parent && name.endsWith("workerd"))
    .map(([, pid]) => Number(pid));
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new OperatorError("No port is free.");
  return address.port;
}
