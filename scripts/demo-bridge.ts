// A bridge for one run: a free port, secrets and state of its own in a temporary folder, and nothing of it left behind. Used by
// `npm run demo` and `npm run parts`; tells no story of its own. Runs src/development.ts under the lockfile's wrangler.

import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "./command.ts";
import { addressOf, freePort, startLocal } from "./local-worker.ts";
import { databasesOf, ROOT, randomSecret } from "./wrangler.ts";

export type Undo = () => void | Promise<void>;

/** Runs `work` and then what it gave to `later`, newest first: when it is done, when it failed, and when it is interrupted. */
export async function withCleanup(
  deadlineMs: number,
  work: (later: (undo: Undo) => void) => Promise<void>,
): Promise<void> {
  const undos: Undo[] = [];
  let cleaned: Promise<void> | undefined;
  const cleanAll = async () => {
    for (const undo of undos.reverse()) await undo();
  };
  const clean = () => {
    cleaned ??= cleanAll();
    return cleaned;
  };
  const interrupted = Promise.withResolvers<never>();
  const interrupt = (why: string, code: number) => {
    process.exitCode = code;
    interrupted.reject(new Failure(why));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupt(signal, 130));
  // npm hands a SIGTERM to its shell, which dies of it and leaves this script behind.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && interrupt("left alone", 130), 200);
  const timer = setTimeout(() => interrupt(`not done within ${deadlineMs / 1000} seconds`, 1), deadlineMs);
  try {
    const add = (undo: Undo) => {
      // What was started while everything was being stopped must not outlive it.
      if (cleaned === undefined) undos.push(undo);
      else void Promise.resolve(undo()).catch(() => undefined);
    };
    await Promise.race([work(add), interrupted.promise]);
  } finally {
    clearInterval(watch);
    clearTimeout(timer);
    await clean();
  }
}

/** A folder that is gone afterwards. */
export function createFolder(name: string, later: (undo: Undo) => void): string {
  const folder = mkdtempSync(join(tmpdir(), `drawbridge-${name}-`));
  later(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

export interface LocalBridge {
  readonly origin: string;
  readonly state: string;
  readonly stop: () => Promise<void>;
}

/** Starts the bridge of `tree` and returns when it serves. `vars`: settings beside the ones that every bridge needs. */
export async function startBridge(
  later: (undo: Undo) => void,
  { tree = ROOT, vars = {} }: { readonly tree?: string; readonly vars?: Readonly<Record<string, string>> } = {},
): Promise<LocalBridge> {
  const state = createFolder("state", later);
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const settings = {
    PUBLIC_URL: origin,
    DRAWBRIDGE_SECRET: randomSecret(),
    SUBJECT_KEY: randomSecret(),
    GITHUB_CLIENT_ID: "",
    ...vars,
  };
  // Named on the command line, this file takes the place of the reader's own .dev.vars.
  const file = join(state, "vars");
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(""), { mode: 0o600 });

  for (const name of databasesOf(tree)) {
    const migrated = await runIn(tree, later, "d1", "migrations", "apply", name, "--local", "--persist-to", state);
    if (!migrated.ok) throw new Failure(`The local database ${name} could not be prepared.\n${migrated.said}`);
  }
  const own = ["--env-file", file, "--persist-to", state, "--log-level", "error"];
  const local = startLocal(["dev", "src/development.ts", ...addressOf(port), ...own], tree);
  later(local.stop);
  await local.ready(async () => (await issuerAt(origin)) === origin);
  return { origin, state, stop: local.stop };
}

/** Runs wrangler to its end in a tree. */
export async function runIn(tree: string, later: (undo: Undo) => void, ...args: readonly string[]) {
  const { child, said, stop } = startLocal(args, tree);
  later(stop);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  await stop();
  return { ok: code === 0, said: said() };
}

export interface AuditLogEntry {
  readonly seq: number;
  readonly at: number;
  readonly event: { readonly kind: string; readonly [field: string]: unknown };
  readonly hash: string;
}

/** Every user's audit log, read from the files in which the local Durable Objects keep it. On Cloudflare there are none. */
function readAuditLogs(state: string): readonly (readonly AuditLogEntry[])[] {
  return globSync(join(state, "v3", "do", "*Ledger*", "*.sqlite")).flatMap((file) => {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const kept = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'event'").get() !== undefined;
      if (!kept) return [];
      const rows = database.prepare("SELECT seq, at, body, hash FROM event ORDER BY seq").all();
      const entry = ({ seq, at, body, hash }: (typeof rows)[number]): AuditLogEntry => ({
        seq: Number(seq),
        at: Number(at),
        event: JSON.parse(String(body)),
        hash: String(hash),
      });
      return [rows.map(entry)];
    } finally {
      database.close();
    }
  });
}

/** The audit log of a grant's user. The last outcome follows its answer by a moment. */
export async function settledAuditLog(state: string, grant: string): Promise<readonly AuditLogEntry[]> {
  const patience = Date.now() + 5_000;
  for (;;) {
    const auditLog =
      readAuditLogs(state).find((entries) => entries.some(({ event }) => event["grant"] === grant)) ?? [];
    const count = (kind: string) => auditLog.filter(({ event }) => event.kind === kind).length;
    if (count("admission") > 0 && count("admission") === count("settlement")) return auditLog;
    if (Date.now() > patience) throw new Failure("The audit log did not settle within 5 seconds.");
    await delay(20);
  }
}

/** Where a client waits for its user to come back from the browser, and what they last came back with. */
export async function openListener(later: (undo: Undo) => void) {
  let back = new URLSearchParams();
  const server = createHttpServer(({ url = "" }, answer) => {
    back = new URLSearchParams(url.slice(url.indexOf("?") + 1));
    answer.end("You may close this page.");
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  later(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}/callback`, back: () => back };
}

/** Whose page answers: a bridge names its own origin as the issuer, and the port is in it. */
async function issuerAt(origin: string): Promise<unknown> {
  try {
    const answer = await fetch(`${origin}/.well-known/oauth-authorization-server`);
    const metadata: unknown = await answer.json();
    return typeof metadata === "object" && metadata !== null && "issuer" in metadata ? metadata.issuer : undefined;
  } catch {
    return undefined;
  }
}
