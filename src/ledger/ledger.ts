// One subject's ledger: admissions written before anything runs, settlements after, grants, live sessions, and the trail
// over all of it. Addressed by the subject of a verified token and by nothing a caller can choose. A Durable Object:
// what a method returned is durable (output gate), and writes never interleave.

import { DurableObject } from "cloudflare:workers";
import type { Cause, Entry, GrantEnd, PersonEvent, SessionEnd } from "../authz/event.ts";
import type {
  Admission,
  Admitted,
  Denial,
  Denied,
  InStanding,
  LedgerPort,
  Refused,
  Settlement,
  Standing,
} from "../authz/gate.ts";
import type { GrantId } from "../authz/principal.ts";
import type { RefusalReason } from "../authz/refusal.ts";
import { blockedTools, type Switches } from "../authz/switches.ts";
import type { Refresh, RefreshStart } from "./families.ts";
import { checkForbidden } from "./forbidden.ts";
import type { OpenGrant } from "./grants.ts";
import type { SignedHead } from "./heads.ts";
import { createParts, type Parts } from "./parts.ts";

const PAUSE_MS = 1_000;

export class Ledger extends DurableObject<object> implements LedgerPort {
  readonly #parts: Parts;
  #alarm = 0;
  /** Tests move it. */
  clock: () => number = () => Date.now();

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#parts = createParts(ctx.storage.sql, env, this.#subject(), (work) => ctx.waitUntil(work));
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarm = (await ctx.storage.getAlarm()) ?? 0;
    });
  }

  /** Writes the admission, or says why there is none. Nothing runs without the answer. */
  async admit(admission: Admission): Promise<Admitted | Refused> {
    const switches = await this.#parts.switches.current(this.clock());
    return this.#write((now) => {
      const { tool, effect, budget } = admission;
      const args = this.#parts.chain.keyed(admission.digest);
      const refusal = this.#forbidden(admission, switches, now) ?? this.#parts.budgets.check(tool, args, budget, now);
      if (refusal !== undefined) return this.#denied(admission, tool, refusal, now);
      const head = this.#parts.chain.append(now, { kind: "admission", tool, effect, args, ...cause(admission) });
      this.#parts.budgets.spend(tool, args, now);
      this.#parts.tally.admitted(head.seq, tool, now);
      return head;
    });
  }

  /** Writes a refusal that the gate decided, unless something outranks it, such as a grant that is over. */
  async deny(denial: Denial): Promise<Denied | Refused> {
    const switches = await this.#parts.switches.current(this.clock());
    return this.#write((now) => {
      const { tool, reason, ...request } = denial;
      const refusal = this.#forbidden(request, switches, now);
      if (refusal !== undefined) return this.#denied(denial, tool, refusal, now);
      this.#denied(denial, tool, { reason }, now);
      return { again: this.#parts.denials.again(denial, now) };
    });
  }

  /** Whether a message that names no row may be answered, and which tools are switched off. */
  async standing(standing: Standing): Promise<InStanding | Refused> {
    const switches = await this.#parts.switches.current(this.clock());
    return this.#write((now) => {
      const refusal = this.#forbidden(standing, switches, now);
      if (refusal !== undefined) return this.#denied(standing, "(message)", refusal, now);
      return { blocked: switches === undefined ? [] : blockedTools(switches) };
    });
  }

  /** The first settlement of an admission stands; any other is dropped. */
  async settle(settled: Settlement | readonly Settlement[]): Promise<void> {
    this.#write((now) => this.#parts.pending.settle([settled].flat(), now));
  }

  /** Writes down what happened to the person outside of calls: sign-ins, consents, tokens. */
  async record(event: PersonEvent): Promise<void> {
    this.#write((now) => this.#parts.chain.append(now, event));
  }

  /** A grant lives from here on. Opened twice, its code was redeemed twice at once, and it is over. */
  async openGrant(grant: OpenGrant): Promise<void> {
    this.#write((now) => {
      const { grants } = this.#parts;
      if (!grants.open(grant, now)) grants.end(grant.grant, "code-replayed", now);
      else if (grant.canWrite) this.#parts.notices.add("grant-can-write", grant.grant, now);
    });
  }

  /** Whether a grant is alive, and how often it was refreshed; null when it is over. */
  async grantStep(grant: GrantId): Promise<number | null> {
    return this.#parts.grants.lives(grant, this.clock()) ? this.#parts.families.step(grant) : null;
  }

  /** The first refresh token of a grant (its hash, and that of the code it was given for). */
  async openFamily(grant: GrantId, token: string, code: string): Promise<void> {
    this.#write((now) => this.#parts.families.open(grant, token, code, now));
  }

  /** What to do with a refresh token that was presented. Who races with another waits for its answer. */
  async startRefresh(refresh: Refresh): Promise<RefreshStart> {
    for (;;) {
      const start = this.#write((now): RefreshStart | { readonly wait: Promise<void> } => {
        if (!this.#parts.grants.lives(refresh.grant, now)) return { go: "unknown" };
        const found = this.#parts.families.start(refresh, now);
        if ("go" in found && found.go === "reuse") {
          this.#parts.grants.end(refresh.grant, "reuse", now);
          this.#parts.notices.add("refresh-token-reuse", refresh.grant, now);
        }
        return found;
      });
      if ("go" in start) return start;
      await start.wait;
    }
  }

  /** The library has rotated (told before the answer leaves), or the refresh came to nothing. */
  async finishRefresh(
    refresh: Refresh,
    rotated: { readonly next: string; readonly answer: string } | null,
  ): Promise<void> {
    this.#write((now) => {
      if (rotated === null) this.#parts.families.release(refresh.grant);
      else this.#parts.families.rotate(refresh, rotated.next, rotated.answer, now);
    });
  }

  /** Ends the grant if this was one of its refresh tokens (RFC 7009), or a code that was redeemed before. Hashes. */
  async revokeByProof(grant: GrantId, proof: { readonly token: string } | { readonly code: string }): Promise<boolean> {
    return this.#write((now) => {
      const { families, grants } = this.#parts;
      if ("token" in proof) return families.knows(grant, proof.token) && grants.end(grant, "revoked", now) > 0;
      return families.redeemed(grant, proof.code) && grants.end(grant, "code-replayed", now) > 0;
    });
  }

  /** Ends a grant, or every grant of this person. After this returns, each later request of it is refused. */
  async revoke(grant: GrantId | "all", why: GrantEnd = "revoked"): Promise<number> {
    return this.#write((now) => this.#parts.grants.end(grant, why, now));
  }

  /** Lists a session as live. Beyond the limit the one unused for longest ends. */
  async openSession(session: string, { client, grant }: Pick<Cause, "client" | "grant">): Promise<void> {
    this.#write((now) => {
      this.#parts.chain.append(now, {
        kind: "session-opened",
        client,
        grant,
        session: this.#parts.chain.keyed(session),
      });
      for (const displaced of this.#parts.sessions.open(session, client, now))
        this.#sessionEnded(displaced, "displaced", now);
    });
  }

  /** The client closed its session; the lane empties the object itself. */
  async endSession(session: string): Promise<void> {
    this.#write((now) => {
      if (this.#parts.sessions.end(session)) this.#sessionEnded(session, "closed", now);
    });
  }

  /** Up to 1,000 entries after `after`, oldest first, with their hashes. */
  async events(after = 0, limit = 1000): Promise<readonly (Entry & { readonly hash: string })[]> {
    return this.#parts.chain.read(after, Math.min(limit, 1000));
  }

  /** The head as it is now, signed (Ed25519): who keeps it can tell any later change of what it covers. */
  async signedHead(): Promise<SignedHead> {
    return this.#parts.heads.sign(this.clock());
  }

  /** Ends everything of this person and destroys the key of their digests. The chain stays, and still verifies. */
  async erase(): Promise<void> {
    this.#write((now) => {
      this.#parts.grants.end("all", "erased", now);
      for (const session of this.#parts.sessions.endAll()) this.#sessionEnded(session, "erased", now);
      this.#parts.chain.append(now, { kind: "erased" });
      this.#parts.chain.destroyKey();
    });
  }

  /** Settles orphans, writes down counted floods, ends idle and aged sessions and empties their objects, logs the head. */
  override async alarm(): Promise<void> {
    this.#alarm = 0;
    await this.#parts.heads.logWhenDue(this.clock());
    this.#write((now) => {
      this.#parts.pending.settleOrphans(now);
      this.#parts.denials.settle(now);
      for (const { id, why } of this.#parts.sessions.expire(now)) this.#sessionEnded(id, why, now);
    });
    await this.#parts.sessions.empty(this.env);
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
      this.#parts.budgets.forget();
      this.#parts.tally.forget();
      this.#parts.chain.forget();
      throw error;
    } finally {
      const { pending, denials, sessions, heads } = this.#parts;
      const due = Math.min(pending.due(), denials.due(), sessions.due(), heads.due(now));
      if (Number.isFinite(due) && (this.#alarm === 0 || due < this.#alarm)) {
        this.#alarm = due;
        // Never at once: a clock that stands still must not make the alarm ring without end.
        void this.ctx.storage.setAlarm(Math.max(due, Date.now() + PAUSE_MS));
      }
    }
  }

  #forbidden(request: Standing & Partial<Admission>, switches: Switches | undefined, now: number) {
    return checkForbidden(this.#parts, request, this.#subject(), switches, now);
  }

  #denied<R extends { readonly reason: RefusalReason }>(
    from: Standing,
    tool: string,
    refusal: R,
    now: number,
  ): { refusal: R } {
    this.#parts.denials.add(cause(from), tool, refusal.reason, now);
    return { refusal };
  }

  #sessionEnded(session: string, why: SessionEnd, now: number): void {
    this.#parts.chain.append(now, { kind: "session-ended", session: this.#parts.chain.keyed(session), why });
  }
}

const cause = ({ request, client, grant, where }: Cause): Cause => ({ request, client, grant, where });
