// A bridge over the fixture as `npm start` runs it, with settings of the test's own, on a free port and over a folder of its own.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf, startLocal } from "../../../scripts/local-worker.ts";
import { migrateLocally } from "../../../scripts/wrangler.ts";
import { FIXTURE } from "./fixture.ts";

export interface DevServer {
  readonly origin: string;
  readonly stop: () => Promise<void>;
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
  const prepared = migrateLocally(persist, FIXTURE);
  if (!prepared.ok) throw new Error(prepared.output);
  const all = { PUBLIC_URL: origin, DRAWBRIDGE_SECRET: "s".repeat(40), SUBJECT_KEY: "k".repeat(40), ...vars };
  const settings = Object.entries(all).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const local = startLocal(
    ["dev", entry, ...addressOf(port), ...settings, "--log-level", "error", ...persist],
    FIXTURE,
  );
  const stop = async () => {
    await local.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const serves = async () => {
    const answer = await fetch(origin).catch(() => undefined);
    if (answer?.ok === false) throw new Error(`the bridge refuses to serve: ${await answer.text()}`);
    return answer !== undefined;
  };
  try {
    await local.ready(serves);
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin, stop };
}
