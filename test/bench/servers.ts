// Starts the bridge and the plain servers as processes on free loopback ports, each with local data of its own in a folder
// that is thrown away, and makes sure that what answers there is what was started.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf, freePort, type LocalWorker, startLocal } from "../../scripts/local-worker.ts";
import { ROOT, randomSecret, runWrangler } from "../../scripts/wrangler.ts";
import { type CpuClock, createCpuClock } from "./cpu.ts";

export type ServerName = "ours" | "agent" | "stateless" | "floor";
export type Servers = Readonly<Record<ServerName, { readonly origin: string; readonly cpu: CpuClock }>>;

const NAMES: readonly ServerName[] = ["ours", "agent", "stateless", "floor"];
const PLAIN = "test/bench/plain/wrangler.plain.toml";

/** A folder for local data with the tables in it, for each server. The caller removes it. */
export function prepareData(): string {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-bench-"));
  for (const [name, config] of [["ours", []] as const, ["agent", ["--config", PLAIN, "--env", ""]] as const]) {
    const local = ["--local", "--persist-to", join(folder, name)];
    const { ok, output } = runWrangler("d1", "migrations", "apply", "DB", ...local, ...config);
    if (!ok) throw new Error(`The database of ${name} could not be prepared.\n${output}`);
  }
  for (const name of ["stateless", "floor"]) cpSync(join(folder, "agent"), join(folder, name), { recursive: true });
  return folder;
}

/** Runs `work` with all four. `counted`: their entries under test/bench/counted, which count storage operations. */
export async function withServers<T>(
  data: string,
  counted: boolean,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const running: Running[] = [];
  try {
    for (const name of NAMES) running.push(await start(name, counted, join(data, name)));
    await Promise.all(running.map(answers));
    return await work(
      Object.fromEntries(
        running.map(({ name, origin, local: { child } }) => [
          name,
          { origin, cpu: createCpuClock(child.pid, Number(new URL(origin).port)) },
        ]),
      ) as Servers,
    );
  } finally {
    await Promise.all(running.map(({ local }) => local.stop()));
    rmSync(join(ROOT, "test/bench/plain/.wrangler"), { recursive: true, force: true });
  }
}

interface Running {
  readonly name: ServerName;
  readonly origin: string;
  readonly local: LocalWorker;
}

async function start(name: ServerName, counted: boolean, persist: string): Promise<Running> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = name === "ours" ? [] : ["--config", PLAIN, "--env", name === "agent" ? "" : name];
  const plainEntry = counted ? [`test/bench/counted/${name}.ts`] : [];
  const entry = name === "ours" && !counted ? ["src/development.ts"] : plainEntry;
  const places = ["--persist-to", persist, "--log-level", "error"];
  const vars = name === "ours" ? ourVars(origin) : [`MCP_RESOURCE:${origin}/mcp`];
  const set = vars.flatMap((pair) => ["--var", pair]);
  return { name, origin, local: startLocal(["dev", ...entry, ...config, ...addressOf(port), ...places, ...set]) };
}

/** Whatever .dev.vars holds on this computer, these come first. No person makes as many calls as a load generator. */
function ourVars(origin: string): readonly string[] {
  const secrets = [`DRAWBRIDGE_SECRET:${randomSecret()}`, `SUBJECT_KEY:${randomSecret()}`];
  return [`PUBLIC_URL:${origin}`, "BUDGET_FACTOR:1000000", ...secrets, "GITHUB_CLIENT_ID:", "GITHUB_CLIENT_SECRET:"];
}

/** Until the server names its own origin: somebody else's on the same port would name another, or none. */
async function answers({ name, origin, local }: Running): Promise<void> {
  const serves = async () => {
    const answer = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`).catch(() => undefined);
    const metadata: unknown = answer?.ok ? await answer.json() : await answer?.text();
    return typeof metadata === "object" && JSON.stringify(metadata).includes(`"${origin}/mcp"`);
  };
  await local.ready(serves).catch((error: Error) => {
    throw new Error(`${name}: ${error.message}`);
  });
}
