// Clients that hang up while a session is being opened: no object is left that no ledger lists.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { startBridge } from "../support/bridge-process.ts";
import { createJourney } from "../support/journey.ts";

const TRIES = 40;

/** What the objects of a class keep: how many rows each has in `table`. */
function rowsIn(state: string, like: string, table: string): readonly number[] {
  const folder = join(state, "v3", "do");
  const name = readdirSync(folder).find((one) => one.endsWith(like)) ?? "";
  const files = readdirSync(join(folder, name)).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file));
  return files.map((file) => {
    const database = new DatabaseSync(join(folder, name, file), { readOnly: true });
    try {
      const known = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table);
      return known === undefined ? 0 : Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
    } finally {
      database.close();
    }
  });
}

test("initialize and hang up, at every moment of it: each session object is listed, or empty", {
  timeout: 180_000,
}, async () => {
  const bridge = await startBridge();
  try {
    const journey = createJourney((url, init) => fetch(url, init), bridge.origin);
    const { tokens } = await journey.connect({ name: "hangs-up" });
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
    const opening = { jsonrpc: "2.0", id: 1, method: "initialize", params };
    await journey.openSession(tokens.access_token);
    for (let ms = 0; ms < TRIES; ms += 1) {
      const client = new AbortController();
      const sent = journey.legacy(tokens.access_token, opening, undefined, { signal: client.signal });
      const gone = sent.then((answer) => answer.text()).catch(() => "");
      await setTimeout(ms);
      client.abort();
      await gone;
    }
    const objects = () => rowsIn(bridge.state, "McpSession", "_cf_KV").filter((rows) => rows > 0).length;
    const listed = () => rowsIn(bridge.state, "Ledger", "session").reduce((all, rows) => all + rows, 0);
    await vi.waitUntil(() => objects() === listed() && listed() > 1, { timeout: 30_000, interval: 500 });
    expect([objects(), listed()]).toEqual([listed(), listed()]);
  } finally {
    await bridge.stop();
  }
});
