// For measuring only, never to be deployed: ledgers by themselves. An audit log is made long by copies of two real rows, written in
// bulk behind the ledger's back; its chain does not verify, and nothing here asks whether it does.

import * as z from "zod";
import { archive } from "../../../../src/bridge/archive/archive.ts";
import type { Admission } from "../../../../src/bridge/gate/ledger-port.ts";
import type { ClientId, GrantId } from "../../../../src/bridge/gate/principal.ts";
import { Ledger as RealLedger } from "../../../../src/bridge/ledger/ledger.ts";
import { loadSettings } from "../../support/own-app.ts";
import { rowsOf, watchObject } from "../counted/counting.ts";
import { spread } from "../spread.ts";

const [CLIENT, GRANT] = ["client-of-the-bench" as ClientId, "grant-of-the-bench" as GrantId];
const DAY_MS = 24 * 60 * 60_000;
const CHUNK = 50_000;

export class Ledger extends RealLedger {
  constructor(ctx: DurableObjectState, env: object) {
    watchObject(ctx);
    super(ctx, env, { load: loadSettings, chores: archive.chore === undefined ? [] : [archive.chore] });
  }

  /** Adds copies of the first admission and the first outcome, a day old, until there are `events`. True when there are. */
  async fill(events: number): Promise<boolean> {
    const { sql } = this.ctx.storage;
    const { seq } = sql.exec<{ seq: number }>("SELECT max(seq) AS seq FROM event").one();
    const last = Math.min(events, seq + CHUNK);
    if (last <= seq) return true;
    const bodyOf = (kind: string) =>
      sql.exec("SELECT body FROM event WHERE body LIKE ? LIMIT 1", `%"kind":"${kind}"%`).one()["body"];
    sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       INSERT INTO event (seq, at, body, hash) SELECT i, ?3, iif(i % 2 = 0, ?4, ?5), ?6 FROM n`,
      ...[seq + 1, last, Date.now() - DAY_MS, bodyOf("admission"), bodyOf("settlement"), "h".repeat(43)],
    );
    // As the alarm would have left it.
    sql.exec("INSERT OR REPLACE INTO tally (id, seq, open, spent) VALUES (1, ?, '[]', '[]')", last);
    return false;
  }

  /** Forgets what it held in memory. The caller's call fails. */
  async restart(): Promise<void> {
    this.ctx.abort("restart");
  }

  async size(): Promise<{ readonly bytes: number; readonly events: number }> {
    const { sql } = this.ctx.storage;
    return { bytes: sql.databaseSize, events: Number(sql.exec("SELECT count(*) AS count FROM event").one()["count"]) };
  }
}

const TASK = z.object({ user: z.string(), events: z.int(), calls: z.int(), fill: z.boolean() });

export default {
  async fetch(request: Request, { LEDGER }: { readonly LEDGER: DurableObjectNamespace<Ledger> }): Promise<Response> {
    if (request.method !== "POST") return new Response("The ledger, for measuring only.\n");
    const { user, events, calls, fill } = TASK.parse(await request.json());
    const ledger = LEDGER.getByName(user);
    if (!fill) return Response.json(await callTimes(ledger, calls));
    const expires = Date.now() + DAY_MS;
    await ledger.openGrant({ grant: GRANT, client: CLIENT, scopes: ["notes:read"], canWrite: false, expires });
    await callTimes(ledger, 1);
    const before = await ledger.size();
    while (!(await ledger.fill(events)));
    const after = await ledger.size();
    await ledger.restart().catch(() => undefined);
    const grown = after.events - before.events;
    return Response.json({ bytesPerEvent: grown === 0 ? 0 : (after.bytes - before.bytes) / grown });
  },
};

/** So many in a row are timed as one; the median of those is what a disk that stalls now and then does not move. */
const ROW = 10;

/** One admission after the other, each awaited as the gate awaits it; then their outcomes. */
async function callTimes(ledger: DurableObjectStub<Ledger>, calls: number) {
  const rows = rowsOf();
  const admitted: number[] = [];
  const times: number[] = [];
  let started = performance.now();
  for (let call = 1; call <= calls; call++) {
    const answer = await ledger.admit(ADMISSION);
    if ("denial" in answer) throw new Error(answer.denial.reason);
    admitted.push(answer.seq);
    if (call % ROW !== 0) continue;
    const now = performance.now();
    times.push((now - started) / ROW);
    started = now;
  }
  const ms = times.length === 0 ? 0 : spread(times).median;
  await ledger.recordOutcomes(admitted.map((of) => ({ of, outcome: "ok", ms: 3, size: 120, digest: DIGEST })));
  const { read, written } = rowsOf();
  return { ms, read: (read - rows.read) / calls, written: (written - rows.written) / calls };
}

const DIGEST = "d".repeat(43);
const ADMISSION: Admission = {
  request: "00000000-0000-4000-8000-000000000000",
  client: CLIENT,
  grant: GRANT,
  step: 0,
  where: { country: "DE", asn: 3320, agent: "claude" },
  session: null,
  tool: "search_notes",
  effect: "read",
  digest: DIGEST,
  budget: { perMinute: 1e9, perDay: 1e9, repeats: 1e9 },
  untrusted: false,
  approval: { need: "never" },
};
