// What every part of a ledger's interface stands on: one database, one clock, one way to write, one alarm. The methods that
// others call are in grant-ledger.ts (what lives), person-ledger.ts (pages) and ledger.ts (calls), each on top of the one before.

import { DurableObject } from "cloudflare:workers";
import type { SessionEnd } from "../gate/event.ts";
import { logChoreFailed } from "../log.ts";
import type { SettingsResult } from "../settings.ts";
import { type Chore, Chores, type MakeChore } from "./chores.ts";
import { createParts, type Parts } from "./parts.ts";

const PAUSE_MS = 1_000;

/** What a ledger is made over: the app's settings, and what parts have it do by itself. */
export interface LedgerPlan {
  readonly load: (env: object) => SettingsResult;
  readonly chores: readonly MakeChore[];
}

export class LedgerBase extends DurableObject<object> {
  protected readonly parts: Parts;
  readonly #chores: Chores;
  #alarm = 0;
  #ringing = false;
  /** Tests move it. */
  clock: () => number = () => Date.now();

  constructor(ctx: DurableObjectState, env: object, { load, chores }: LedgerPlan) {
    super(ctx, env);
    const later = (work: Promise<unknown>) => ctx.waitUntil(work);
    this.parts = createParts(ctx.storage.sql, env, () => load(env), this.subject(), later);
    this.#chores = new Chores(this.chores(chores), (chore, error) => logChoreFailed(this.subject(), chore, error));
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarm = (await ctx.storage.getAlarm()) ?? 0;
    });
  }

  override async alarm(): Promise<void> {
    this.#ringing = true;
    try {
      await this.#chores.run(() => this.clock());
    } finally {
      this.#ringing = false;
      this.#alarm = 0;
      this.#setAlarm();
    }
  }

  // Fields, not methods: methods of a Durable Object can be called from outside, whatever TypeScript says of them.

  protected readonly subject = (): string => this.ctx.id.name ?? this.ctx.id.toString();

  /** Settlements come first: what comes after may have to wait for others. */
  protected readonly chores = (more: readonly MakeChore[]): readonly Chore[] => {
    const { pending, denials, usage, approvals, sessions, heads } = this.parts;
    return [
      {
        name: "orphans",
        due: () => pending.due(),
        run: () => this.write((now) => pending.settleOrphans(now)),
      },
      { name: "floods", due: () => denials.due(), run: () => this.write((now) => denials.settle(now)) },
      // Whenever the alarm rings: before the archive can take away what is still to be counted.
      { name: "usage", due: () => Number.POSITIVE_INFINITY, run: () => this.write(() => usage.catchUp()) },
      { name: "approvals", due: () => approvals.due(), run: () => this.write((now) => approvals.expire(now)) },
      {
        name: "sessions",
        due: () => sessions.due(),
        run: async () => {
          this.write((now) => {
            for (const { id, why } of sessions.expire(now)) this.sessionEnded(id, why, now);
          });
          await sessions.empty(this.env);
        },
      },
      { name: "head", due: (now: number) => heads.due(now), run: (now: number) => heads.logWhenDue(now) },
      ...more.map((make) => make({ ...this.parts, sql: this.ctx.storage.sql, env: this.env, write: this.write })),
    ];
  };

  /** Runs `change` as one transaction: all of it is written, or none. Afterwards the alarm is set for what is due next. */
  protected readonly write = <T>(change: (now: number) => T): T => {
    const now = this.clock();
    try {
      return this.ctx.storage.transactionSync(() => change(now));
    } catch (error) {
      this.parts.budgets.forget();
      this.parts.tally.forget();
      this.parts.chain.forget();
      this.parts.approvals.forget();
      this.parts.families.forget();
      this.parts.notices.forget();
      throw error;
    } finally {
      if (!this.#ringing) this.#setAlarm();
    }
  };

  protected readonly sessionEnded = (session: string, why: SessionEnd, now: number): void => {
    this.parts.chain.append(now, { kind: "session-ended", session: this.parts.chain.keyed(session), why });
  };

  #setAlarm(): void {
    const due = this.#chores.due(this.clock());
    if (!Number.isFinite(due) || (this.#alarm !== 0 && due >= this.#alarm)) return;
    this.#alarm = due;
    // Never at once: a clock that stands still must not make the alarm ring without end.
    void this.ctx.storage.setAlarm(Math.max(due, Date.now() + PAUSE_MS));
  }
}
