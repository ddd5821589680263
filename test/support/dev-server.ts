// A bridge as `npm start` runs it, with settings of the test's own, on a free port and over a folder of its own.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runWrangler, startWrangler } from "../../scripts/wrangler.ts";

export interface DevServer {
  readonly origin: string;
  readonly stop: () => Promise<void>;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0));
    });
  });
}

/** `vars` are given the origin, because providers have to know the callback before they start. */
export async function startDevServer(
  entry: string,
  port: number,
  vars: Readonly<Record<string, string>> = {},
): Promise<DevServer> {
  const origin = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "drawbridge-browser-"));
  const persist = ["--persist-to", folder];
  const prepared = runWrangler("d1", "migrations", "apply", "DB", "--local", ...persist);
  if (!prepared.ok) throw new Error(prepared.output);
  const all = { PUBLIC_URL: origin, DRAWBRIDGE_SECRET: "s".repeat(40), SUBJECT_KEY: "k".repeat(40), ...vars };
  const settings = Object.entries(all).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const address = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  const quiet = ["--log-level", "error", "--show-interactive-dev-session=false"];
  const child = startWrangler(["dev", entry, ...address, ...settings, ...quiet, ...persist], {
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      process.kill(-child.pid, "SIGTERM");
      await Promise.race([gone, delay(3_000)]);
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // The group is already gone.
      }
    }
    await rm(folder, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + 90_000; Date.now() < deadline; await delay(100)) {
    const answer = await fetch(origin).catch(() => undefined);
    if (answer?.ok === true) return { origin, stop };
    if (answer !== undefined) {
      await stop();
      throw new Error(`the bridge refuses to serve: ${await answer.text()}`);
    }
  }
  await stop();
  throw new Error("the bridge did not start");
}
