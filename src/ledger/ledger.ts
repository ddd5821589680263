// One subject's ledger: admissions written before anything runs, settlements after, grants, live sessions, and the trail
// over all of it. Addressed by the subject of a verified token and by nothing a caller can choose. A Durable Object:
// what a method returned is durable (output gate), and writes never interleave.

import { DurableObject } from "cloudflare:workers";
import type { Cause, Entry, GrantEnd, PersonEvent, SessionEnd } from "../authz/event.ts";
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
import type { GrantId } from "../authz/principal.ts";
import type { RefusalReason } from "../authz/refusal.ts";
import { blockedTools, decideSwitches, type Switches } from "../authz/switches.ts";
import { Budgets } from "./budgets.ts";
import { Chain, type Head } from "./chain.ts";
import { Denials } from "./denials.ts";
import { Grants, type OpenGrant } from "./grants.ts";
import { Heads, type SignedHead } from "./heads.ts";
import { Pending } from "./pending.ts";
import { SCHEMA } from "./schema.ts";
import { Sessions } from "./sessions.ts";
import { SwitchBoard } from "./switch-board.ts";

export class Ledger extends DurableObject<object> implements LedgerPort {
  readonly #chain: Chain;
  readonly #pending: Pending;
  readonly #grants: Grants;
  readonly #sessions: Sessions;
  readonly #denials: Denials;
  readonly #budgets: Budgets;
  readonly #heads: Heads;
  readonly #switches: SwitchBoard;
  #alarm = 0;
  /** Tests move it. */
  clock: () => number = Date.now;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(SCHEMA);
    this.#chain = new Chain(sql);
    this.#pending = new Pending(sql, this.#chain);
    this.#grants = new Grants(sql, this.#chain);
    this.#sessions = new Sessions(sql);
    this.#denials = new Denials(sql, this.#chain);
    this.#budgets = new Budgets(sql);
    this.#heads = new Heads(sql, this.#chain, env, this.#subject());
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
      this.#pending.add(head.seq, now);
      return head;
    });
  }

  /** Writes a refusal that the gate decided. Answers what outranks it, such as a grant that is over. */
  async deny(denial: Denial): Promise<Refused | null> {
    const switches = await this.#switches.current(this.clock());
    return this.#write((now) => {
      const { tool, reason, ...request } = denial;
      const refusal = this.#forbidden(request, switches, now);
      if (refusal !== undefined) return this.#denied(denial, tool, refusal, now);
      this.#denied(denial, tool, { reason }, now);
      return null;
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
  async settle(settlement: Settlement): Promise<void> {
    this.#write((now) => this.#pending.settle(settlement, now));
  }

  /** Writes down what happened to the person outside of calls: sign-ins, consents, tokens. */
  async record(event: PersonEvent): Promise<void> {
    this.#write((now) => this.#chain.append(now, event));
  }

  /** A grant lives from here on. */
  async openGrant(grant: OpenGrant): Promise<void> {
    this.#write((now) => this.#grants.open(grant, now));
  }

  /** Whether a grant may still be refreshed. */
  async grantLives(grant: GrantId): Promise<boolean> {
    return this.#grants.lives(grant, this.clock());
  }

  /** Ends a grant, or every grant of this person. After this returns, each later request of it is refused. */
  async revoke(grant: GrantId | "all", why: GrantEnd = "revoked"): Promise<number> {
    return this.#write((now) => this.#grants.end(grant, why, now));
  }

  /** Lists a session as live. Beyond the limit the one unused for longest ends. */
  async openSession(session: string, { client, grant }: Pick<Cause, "client" | "grant">): Promise<void> {
    this.#write((now) => {
      this.#chain.append(now, { kind: "session-opened", client, grant, session: this.#chain.keyed(session) });
      for (const displaced of this.#sessions.open(session, client, now))
        this.#sessionEnded(displaced, "displaced", now);
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

  /** The head as it is now, signed (Ed25519): who keeps it can tell any later change of what it covers. */
  async signedHead(): Promise<SignedHead> {
    return this.#heads.sign(this.clock());
  }

  /** Ends everything of this person and destroys the key of their digests. The chain stays, and still verifies. */
  async erase(): Promise<void> {
    this.#write((now) => {
      this.#grants.end("all", "erased", now);
      for (const session of this.#sessions.endAll()) this.#sessionEnded(session, "erased", now);
      this.#chain.append(now, { kind: "erased" });
      this.#chain.destroyKey();
    });
  }

  /** Settles orphans, writes down counted floods, ends idle and aged sessions and empties their objects, logs the head. */
  override async alarm(): Promise<void> {
    this.#alarm = 0;
    await this.#heads.logWhenDue(this.clock());
    this.#write((now) => {
      this.#pending.settleOrphans(now);
      this.#denials.settle(now);
      for (const { id, why } of this.#sessions.expire(now)) this.#sessionEnded(id, why, now);
    });
    await this.#sessions.empty(this.env);
  }

  #subject(): string {
    return this.ctx.id.name ?? this.ctx.id.toString();
  }

  /** Runs `change` as one transaction: all of it is written, or none. Afterwards the alarm is set for what is due next. */
  #write<T>(change: (now: number) => T): T {
    const now = this.clock();
    try {
      return this.ctx.storage.transactionSync(() => change(now));
    } catch (error) {
      this.#budgets.forget();
      this.#chain.forget();
      throw error;
    } finally {
      this.#wake(Math.min(this.#pending.due(), this.#denials.due(), this.#sessions.due(), this.#heads.due(now)));
    }
  }

  /** What the state of things forbids, whatever was decided: switches, then the grant, then the session. */
  #forbidden(
    request: Standing & Partial<Admission>,
    switches: Switches | undefined,
    now: number,
  ): StateRefusal | undefined {
    if (switches === undefined) return { reason: "ledger-unreachable" };
    const { client, grant, session, tool, effect } = request;
    const switched = decideSwitches(switches, { subject: this.#subject(), client, grant, tool, effect });
    if (switched !== undefined) return switched;
    // An unknown grant is as dead as an ended one.
    if (!this.#grants.lives(grant, now)) return { reason: "grant-ended" };
    if (session !== null && !this.#sessions.touch(session, client, now)) return { reason: "session-ended" };
    return undefined;
  }

  #denied<R extends { readonly reason: RefusalReason }>(
    from: Standing,
    tool: string,
    refusal: R,
    now: number,
  ): { refusal: R } {
    this.#denials.add(cause(from), tool, refusal.reason, now);
    return { refusal };
  }

  #sessionEnded(session: string, why: SessionEnd, now: number): void {
    this.#chain.append(now, { kind: "session-ended", session: this.#chain.keyed(session), why });
  }

  /** Makes sure the alarm rings no later than `at`. */
  #wake(at: number): void {
    if (!Number.isFinite(at) || (this.#alarm !== 0 && this.#alarm <= at)) return;
    this.#alarm = at;
    void this.ctx.storage.setAlarm(at);
  }
}

function cause({ request, client, grant, where }: Cause): Cause {
  return { request, client, grant, where };
}
