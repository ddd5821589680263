// What every part of a ledger's interface stands on: one database, one clock, one way to write, one alarm. The methods that
// others call are in grant-ledger.ts, approval-ledger.ts and ledger.ts, which extend this.

import { DurableObject } from "cloudflare:workers";
import type { SessionEnd } from "../authz/event.ts";
import { createParts, type Parts } from "./parts.ts";

const PAUSE_MS = 1_000;

export class LedgerBase extends DurableObject<object> {
  protected readonly parts: Parts;
  #alarm = 0;
  /** Tests move it. */
  clock: () => number = () => Date.now();

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.parts = createParts(ctx.storage.sql, env, this.subject(), (work) => ctx.waitUntil(work));
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarm = (await ctx.storage.getAlarm()) ?? 0;
    });
  }

  /** Settles orphans, writes down counted floods, counts, expires approvals, ends idle and aged sessions and empties their objects, logs the head. */
  override async alarm(): Promise<void> {
    this.#alarm = 0;
    await this.parts.heads.logWhenDue(this.clock());
    this.write((now) => {
      this.parts.pending.settleOrphans(now);
      this.parts.denials.settle(now);
      this.parts.usage.catchUp();
      this.parts.approvals.expire(now);
      for (const { id, why } of this.parts.sessions.expire(now)) this.sessionEnded(id, why, now);
    });
    await this.parts.sessions.empty(this.env);
  }

  // Fields, not methods: methods of a Durable Object can be called from outside, whatever TypeScript says of them.

  protected readonly subject = (): string => this.ctx.id.name ?? this.ctx.id.toString();

  /** Runs `change` as one transaction: all of it is written, or none. Afterwards the alarm is set for what is due next. */
  protected readonly write = <T>(change: (now: number) => T): T => {
    const now = this.clock();
    try {
      return this.ctx.storage.transactionSync(() => change(now));
    } catch (error) {
      this.parts.budgets.forget();
      this.parts.chain.forget();
      this.parts.approvals.forget();
      throw error;
    } finally {
      const { pending, denials, sessions, approvals, heads } = this.parts;
      const due = Math.min(pending.due(), denials.due(), sessions.due(), approvals.due(), heads.due(now));
      if (Number.isFinite(due) && (this.#alarm === 0 || due < this.#alarm)) {
        this.#alarm = due;
        // Never at once: a clock that stands still must not make the alarm ring without end.
        void this.ctx.storage.setAlarm(Math.max(due, Date.now() + PAUSE_MS));
      }
    }
  };

  protected readonly sessionEnded = (session: string, why: SessionEnd, now: number): void => {
    this.parts.chain.append(now, { kind: "session-ended", session: this.parts.chain.keyed(session), why });
  };
}
