// One subject's ledger: admissions written before anything runs, settlements after, grants, live sessions, and the trail
// over all of it. Addressed by the subject of a verified token and by nothing a caller can choose. A Durable Object:
// what a method returned is durable (output gate), and methods never interleave.

import { DurableObject } from "cloudflare:workers";
import type { Cause, Entry, Event, GrantEnd, SessionEnd } from "../authz/event.ts";
import type {
  Admission,
  Admitted,
  Denial,
  InStanding,
  LedgerPort,
  Refused,
  Settlement,
  Standing,
  StateRefusal,
} from "../authz/gate.ts";
import type { ClientId, GrantId } from "../authz/principal.ts";
import type { RefusalReason } from "../authz/refusal.ts";
import type { Scope } from "../authz/scopes.ts";
import { blockedTools, decideSwitches, type Switches } from "../authz/switches.ts";
import { Budgets } from "./budgets.ts";
import { Chain, type Head } from "./chain.ts";
import { SCHEMA } from "./schema.ts";
import { Sessions } from "./sessions.ts";
import { SwitchBoard } from "./switch-board.ts";

/** An admission without a settlement for this long is settled as `unknown`. Longer than any run may take. */
const ORPHAN_MS = 30_000;
/** Refusals that repeat within this time are counted, not listed. */
const FLOOD_MS = 60_000;

export interface OpenGrant {
  readonly grant: GrantId;
  readonly client: ClientId;
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export class Ledger extends DurableObject<object> implements LedgerPort {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  readonly #sessions: Sessions;
  readonly #budgets: Budgets;
  readonly #switches: SwitchBoard;
  #alarm = 0;
  /** Tests move it. */
  clock: () => number = Date.now;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(SCHEMA);
    this.#chain = new Chain(this.#sql);
    this.#sessions = new Sessions(this.#sql);
    this.#budgets = new Budgets(this.#sql);
    this.#switches = new SwitchBoard(env);
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarm = (await ctx.storage.getAlarm()) ?? 0;
    });
  }

  /** Writes the admission, or says why there is none. Nothing runs without the answer. */
  async admit(admission: Admission): Promise<Admitted | Refused> {
    const switches = await this.#switches.current(this.clock());
    return this.#write((now) => {
      const { tool, effect, budget } = admission;
      const args = this.#chain.keyed(admission.digest);
      const refusal = this.#forbidden(admission, switches, now) ?? this.#budgets.check(tool, args, budget, now);
      if (refusal !== undefined) return this.#denied(admission, tool, refusal, now);
      const head = this.#chain.append(now, { kind: "admission", tool, effect, args, ...cause(admission) });
      this.#budgets.spend(tool, args, now);
      this.#sql.exec("INSERT INTO pending (seq, at) VALUES (?, ?)", head.seq, now);
      this.#wake(now + ORPHAN_MS);
      return head;
    });
  }

  /** Writes a refusal that the gate decided. Answers what outranks it, such as a grant that is over. */
  async deny(denial: Denial): Promise<Refused | null> {
    const switches = await this.#switches.current(this.clock());
    return this.#write((now) => {
      const { tool: _, ...request } = denial;
      const refusal = this.#forbidden(request, switches, now);
      const answer = this.#denied(denial, denial.tool, refusal ?? denial, now);
      return refusal === undefined ? null : { refusal: answer.refusal as StateRefusal };
    });
  }

  /** Whether a message that names no row may be answered, and which tools are switched off. */
  async standing(standing: Standing): Promise<InStanding | Refused> {
    const switches = await this.#switches.current(this.clock());
    return this.#write((now) => {
      const refusal = this.#forbidden(standing, switches, now);
      if (refusal !== undefined) return this.#denied(standing, "(message)", refusal, now);
      return { blocked: switches === undefined ? [] : blockedTools(switches) };
    });
  }

  /** The first settlement of an admission stands; any other is dropped. */
  async settle({ of, outcome, ms, size, digest }: Settlement): Promise<void> {
    this.#write((now) => {
      if (this.#sql.exec("DELETE FROM pending WHERE seq = ? RETURNING seq", of).toArray().length === 0) return;
      const result = digest === null ? null : this.#chain.keyed(digest);
      this.#chain.append(now, { kind: "settlement", of, outcome, ms, size, result });
    });
  }

  /** A grant lives from here on. An earlier grant of the same registered client ends, as the OAuth library ends it. */
  async openGrant({ grant, client, scopes, expires }: OpenGrant): Promise<void> {
    this.#write((now) => {
      // A client id that is a URL is shared by every installation, so another installation's grant lives on.
      const earlier = client.startsWith("https://")
        ? []
        : this.#sql.exec<{ id: GrantId }>("SELECT id FROM grant_ WHERE client = ? AND ended IS NULL", client).toArray();
      for (const { id } of earlier) this.#endGrant(id, "replaced", now);
      this.#sql.exec(
        "INSERT INTO grant_ (id, client, opened, expires) VALUES (?, ?, ?, ?)",
        grant,
        client,
        now,
        expires,
      );
      this.#chain.append(now, { kind: "grant-opened", client, grant, scopes });
    });
  }

  /** Whether a grant may still be refreshed. */
  async grantLives(grant: GrantId): Promise<boolean> {
    return this.#grantLives(grant, this.clock());
  }

  /** Ends a grant, or every grant of this person. After this returns, each later request of it is refused. */
  async revoke(grant: GrantId | "all", why: GrantEnd = "revoked"): Promise<number> {
    return this.#write((now) => {
      const rows = this.#sql.exec<{ id: GrantId }>("SELECT id FROM grant_ WHERE ended IS NULL").toArray();
      const ending = rows.filter(({ id }) => grant === "all" || id === grant);
      for (const { id } of ending) this.#endGrant(id, why, now);
      return ending.length;
    });
  }

  /** Lists a session as live. Beyond the limit the one unused for longest ends. */
  async openSession(session: string, { client, grant }: Pick<Cause, "client" | "grant">): Promise<void> {
    this.#write((now) => {
      this.#chain.append(now, { kind: "session-opened", client, grant, session: this.#chain.keyed(session) });
      for (const displaced of this.#sessions.open(session, client, now))
        this.#sessionEnded(displaced, "displaced", now);
      this.#wake(this.#sessions.due());
    });
  }

  /** The client closed its session; the lane empties the object itself. */
  async endSession(session: string): Promise<void> {
    this.#write((now) => {
      if (this.#sessions.end(session)) this.#sessionEnded(session, "closed", now);
    });
  }

  /** Up to 1,000 entries after `after`, oldest first, with their hashes. */
  async events(after = 0, limit = 1000): Promise<readonly (Entry & { readonly hash: string })[]> {
    return this.#chain.read(after, Math.min(limit, 1000));
  }

  async head(): Promise<Head> {
    return this.#chain.head();
  }

  /** Settles orphans, writes down counted floods, ends idle and aged sessions and empties their objects. */
  override async alarm(): Promise<void> {
    this.#alarm = 0;
    this.#write((now) => {
      const orphans = this.#sql
        .exec<{ seq: number; at: number }>("DELETE FROM pending WHERE at <= ? RETURNING seq, at", now - ORPHAN_MS)
        .toArray();
      for (const { seq, at } of orphans) {
        this.#chain.append(now, {
          kind: "settlement",
          of: seq,
          outcome: "unknown",
          ms: now - at,
          size: 0,
          result: null,
        });
      }
      const floods = this.#sql
        .exec<{ key: string }>("SELECT key FROM flood WHERE since <= ?", now - FLOOD_MS)
        .toArray();
      for (const { key } of floods) this.#flushFlood(key, now);
      for (const { id, why } of this.#sessions.expire(now)) this.#sessionEnded(id, why, now);
      const due = this.#sql
        .exec<{ at: number }>("SELECT at + ? AS at FROM pending UNION SELECT since + ? FROM flood", ORPHAN_MS, FLOOD_MS)
        .toArray()
        .map((row) => row.at);
      const next = Math.min(...due, this.#sessions.due());
      if (Number.isFinite(next)) this.#wake(next);
    });
    await this.#sessions.empty(this.env);
  }

  /** Runs `change` as one transaction: all of it is written, or none. */
  #write<T>(change: (now: number) => T): T {
    const now = this.clock();
    try {
      return this.ctx.storage.transactionSync(() => change(now));
    } catch (error) {
      this.#budgets.forget();
      throw error;
    }
  }

  #grantLives(grant: GrantId, now: number): boolean {
    const row = this.#sql
      .exec<{ expires: number; ended: number | null }>("SELECT expires, ended FROM grant_ WHERE id = ?", grant)
      .toArray()[0];
    return row !== undefined && row.ended === null && row.expires > now;
  }

  /** What the state of things forbids, whatever was decided: switches, then the grant, then the session. */
  #forbidden(
    request: Standing & Partial<Admission>,
    switches: Switches | undefined,
    now: number,
  ): StateRefusal | undefined {
    if (switches === undefined) return { reason: "ledger-unreachable" };
    const { client, grant, session, tool, effect } = request;
    const switched = decideSwitches(switches, { subject: this.ctx.id.name ?? "", client, grant, tool, effect });
    if (switched !== undefined) return switched;
    // An unknown grant is as dead as an ended one.
    if (!this.#grantLives(grant, now)) return { reason: "grant-ended" };
    if (session !== null && !this.#sessions.touch(session, client, now)) return { reason: "session-ended" };
    return undefined;
  }

  #endGrant(grant: GrantId, why: GrantEnd, now: number): void {
    this.#sql.exec("UPDATE grant_ SET ended = ? WHERE id = ?", now, grant);
    this.#chain.append(now, { kind: "grant-ended", grant, why });
  }

  #sessionEnded(session: string, why: SessionEnd, now: number): void {
    this.#chain.append(now, { kind: "session-ended", session: this.#chain.keyed(session), why });
    if (why !== "closed") this.#wake(now);
  }

  /** The first refusal of a kind is an event at once; its repetitions within a minute are one more event, with a count. */
  #denied<R extends { readonly reason: RefusalReason }>(
    from: Standing,
    tool: string,
    refusal: R,
    now: number,
  ): { refusal: R } {
    const { reason } = refusal;
    const key = `${from.grant} ${tool} ${reason}`;
    const since = this.#sql.exec<{ since: number }>("SELECT since FROM flood WHERE key = ?", key).toArray()[0]?.since;
    if (since !== undefined && since > now - FLOOD_MS) {
      this.#sql.exec("UPDATE flood SET count = count + 1 WHERE key = ?", key);
      return { refusal };
    }
    this.#flushFlood(key, now);
    const event: Event = { kind: "denial", tool, reason, count: 1, ...cause(from) };
    this.#chain.append(now, event);
    this.#sql.exec("INSERT INTO flood (key, since, count, body) VALUES (?, ?, 0, ?)", key, now, JSON.stringify(event));
    this.#wake(now + FLOOD_MS);
    return { refusal };
  }

  #flushFlood(key: string, now: number): void {
    const row = this.#sql
      .exec<{ count: number; body: string }>("DELETE FROM flood WHERE key = ? RETURNING count, body", key)
      .toArray()[0];
    if (row !== undefined && row.count > 0) this.#chain.append(now, { ...JSON.parse(row.body), count: row.count });
  }

  /** Makes sure the alarm rings no later than `at`. */
  #wake(at: number): void {
    if (this.#alarm !== 0 && this.#alarm <= at) return;
    this.#alarm = at;
    void this.ctx.storage.setAlarm(at);
  }
}

function cause({ request, client, grant, where }: Cause): Cause {
  return { request, client, grant, where };
}
