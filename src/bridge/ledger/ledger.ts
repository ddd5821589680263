// One subject's ledger: admissions written before anything runs, settlements after, grants, live sessions, and the trail
// over all of it. Addressed by the subject of a verified token and by nothing a caller can choose. A Durable Object:
// what a method returned is durable (output gate), and writes never interleave.

import type { Cause, Digest } from "../gate/event.ts";
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
} from "../gate/ledger-port.ts";
import type { ClientId } from "../gate/principal.ts";
import type { RefusalReason } from "../gate/refusal.ts";
import type { TaintOf } from "./approvals.ts";
import type { LedgerPlan } from "./base.ts";
import type { Linked, Reach, SignedHead } from "./chain.ts";
import { checkForbidden } from "./forbidden.ts";
import { PersonLedger } from "./person-ledger.ts";
import { blockedTools, type Switches } from "./switches.ts";

/** The class that an entry exports: this ledger, made over an app. */
export function ledgerOver(plan: LedgerPlan) {
  return class extends Ledger {
    constructor(ctx: DurableObjectState, env: object) {
      super(ctx, env, plan);
    }
  };
}

export class Ledger extends PersonLedger implements LedgerPort {
  /** Writes the admission, or says why there is none. Nothing runs without the answer. */
  async admit(admission: Admission): Promise<Admitted | Refused> {
    const switches = await this.parts.switches.current(this.clock(), admission.request);
    return this.write((now) => {
      const { client, tool, effect, budget } = admission;
      const args = this.parts.chain.keyed(admission.digest);
      const spending = { client, tool, args };
      const refusal = this.#forbidden(admission, switches, now) ?? this.parts.budgets.check(spending, budget, now);
      if (refusal !== undefined) return this.#denied(admission, tool, refusal, now);
      const taint: TaintOf = this.parts.taint.of(client, now);
      // After the budget, which nobody can approve away: a call that it refuses uses up no approval.
      const claimed = this.#claim(admission, args, taint, now);
      if ("refusal" in claimed) return this.#denied(admission, tool, claimed.refusal, now);
      const { approval, approved } = claimed;
      const event = { kind: "admission", tool, effect, args, ...cause(admission) } as const;
      const head = this.parts.chain.append(now, approval === null ? event : { ...event, approval });
      this.parts.budgets.spend(spending, now);
      this.parts.tally.admitted(head.seq, tool, client, now);
      if (admission.untrusted) this.parts.taint.set(client, now);
      return { ...head, tainted: taint !== "none", approval, approved };
    });
  }

  /** Writes a refusal that the gate decided, unless something outranks it, such as a grant that is over. */
  async deny(denial: Denial): Promise<Denied | Refused> {
    const switches = await this.parts.switches.current(this.clock(), denial.request);
    return this.write((now) => {
      const { tool, reason, ...request } = denial;
      const refusal = this.#forbidden(request, switches, now);
      if (refusal !== undefined) return this.#denied(denial, tool, refusal, now);
      this.#denied(denial, tool, { reason }, now);
      return { again: this.parts.denials.again(denial, now) };
    });
  }

  /** Whether a message that names no row may be answered, and which tools are switched off. */
  async standing(standing: Standing): Promise<InStanding | Refused> {
    const switches = await this.parts.switches.current(this.clock(), standing.request);
    return this.write((now) => {
      const refusal = this.#forbidden(standing, switches, now);
      if (refusal !== undefined) return this.#denied(standing, "(message)", refusal, now);
      return { blocked: switches === undefined ? [] : blockedTools(switches) };
    });
  }

  /** The first settlement of an admission stands; any other is dropped. */
  async settle(settlements: readonly Settlement[]): Promise<void> {
    this.write((now) => this.parts.pending.settle(settlements, now));
  }

  /** For this while whatever this user's clients ask for may be the doing of text that others wrote. */
  async taint(client: ClientId): Promise<void> {
    this.write((now) => this.parts.taint.set(client, now));
  }

  /** Up to 1,000 entries after `after`, oldest first, with their hashes. */
  async events(after = 0, limit = 1000): Promise<readonly Linked[]> {
    return this.parts.chain.read(after, Math.min(limit, 1000));
  }

  /** Which entries are here, and which are in the archive. */
  async reach(): Promise<Reach> {
    return this.parts.chain.reach();
  }

  /** The head as it is now, signed (Ed25519): who keeps it can tell any later change of what it covers. */
  async signedHead(): Promise<SignedHead> {
    return this.parts.heads.sign(this.clock());
  }

  /** Freezes this person and ends everything of theirs. True while a call that was admitted before may still be running. */
  async startErasing(): Promise<boolean> {
    return this.write((now) => {
      this.parts.erasure.begin(now);
      this.#endEverything(now);
      return this.parts.pending.any();
    });
  }

  /** Destroys the key of their digests and thaws what is left. The chain stays, and still verifies. */
  async erase(): Promise<void> {
    this.write((now) => {
      // A grant may have been opened since.
      this.#endEverything(now);
      this.parts.erasure.finish(now);
    });
  }

  /** Every way in which this person is connected. */
  #endEverything(now: number): void {
    this.parts.grants.end("all", "erased", now);
    for (const session of this.parts.sessions.endAll()) this.sessionEnded(session, "erased", now);
    this.parts.approvals.erase();
    this.parts.browsers.end("all", now);
    this.parts.usage.forget();
  }

  #forbidden(request: Standing & Partial<Admission>, switches: Switches | undefined, now: number) {
    return checkForbidden(this.parts, request, this.subject(), switches, now);
  }

  #claim(admission: Admission, digest: Digest, taint: TaintOf, now: number) {
    const showsLinks = admission.approval.need !== "never" && this.parts.sessions.showsLinks(admission.session);
    return this.parts.approvals.claim(admission, { digest, taint, showsLinks }, now);
  }

  #denied<R extends { readonly reason: RefusalReason }>(
    from: Standing,
    tool: string,
    refusal: R,
    now: number,
  ): { refusal: R } {
    this.parts.denials.add(cause(from), tool, refusal.reason, now);
    return { refusal };
  }
}

const cause = ({ request, client, grant, where }: Cause): Cause => ({ request, client, grant, where });
