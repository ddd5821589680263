// What the gate and the run ask of a user's ledger, and what it answers: the state a request depends on. Denials are values;
// a rejection means that it cannot be reached. Types only; ledger/ledger.ts is behind them.

import type { ApprovalNeed, Ask } from "./approval.ts";
import type { Denial, DenialReason } from "./denial.ts";
import type { Cause, Outcome } from "./event.ts";
import type { ClientId } from "./principal.ts";
import type { Budget, Effect } from "./rule.ts";

/** Before a run. One of these is awaited for each request. */
export interface GateLedger {
  admit(admission: Admission): Promise<Admitted | Denied>;
  deny(denial: DenialRecord): Promise<DenialNoted | Denied>;
  standing(standing: Standing): Promise<InStanding | Denied>;
}

/** During a run and after it. */
export interface RunLedger {
  /** All of them in one transaction. */
  recordOutcomes(outcomes: readonly RunOutcome[]): Promise<void>;
  /** Untrusted text is about to be handed to this client. */
  taint(client: ClientId): Promise<void>;
}

export type LedgerPort = GateLedger & RunLedger;

/** What every ledger call of a request says about it. `session` is the inner session id, null in a stateless transport. */
export interface Standing extends Cause {
  /** How often the grant had been refreshed when the token was issued. */
  readonly step: number;
  readonly session: string | null;
}
export interface Admission extends Standing {
  readonly tool: string;
  readonly effect: Effect;
  /** SHA-256 of the canonical arguments; the ledger keeps only an HMAC of it. */
  readonly digest: string;
  readonly budget: Budget;
  /** The result will be text that others wrote: the client is tainted before it can have read it. */
  readonly untrusted: boolean;
  /** Whether a user has to approve this call, and what they would be asked. */
  readonly approval: Approvable;
}
export type Approvable =
  | { readonly need: "never" }
  | { readonly need: Exclude<ApprovalNeed, "never">; readonly ask: Ask };
export interface DenialRecord extends Standing {
  readonly tool: string;
  readonly reason: DenialReason;
}
export interface RunOutcome {
  readonly of: number;
  readonly outcome: Outcome;
  readonly ms: number;
  readonly size: number;
  /** SHA-256 of the result as sent, or null when there is none. */
  readonly digest: string | null;
}
export interface Admitted {
  readonly seq: number;
  readonly hash: string;
  /** Whether the client was handed untrusted text a short while ago. */
  readonly tainted: boolean;
  /** The id of the approval that this call used up; null when it needed none. */
  readonly approval: string | null;
  /** The version of things that it was given for (`Plan.version`). */
  readonly approved: string | null;
}
export interface InStanding {
  /** Tools that an operator switched off; they are not listed. */
  readonly blocked: readonly string[];
}
export interface DenialNoted {
  /** The same was refused a moment ago, to a token that has been renewed since. */
  readonly again: boolean;
}
/** What the ledger's state forbids. It outranks what the gate decided. */
export interface Denied {
  readonly denial: StateDenial;
}
export type StateDenial = Exclude<
  Denial,
  {
    reason:
      | "unknown-tool"
      | "missing-scope"
      | "invalid-arguments"
      | "redacted-arguments"
      | "invalid-message"
      | "unknown-method"
      | "session-refused";
  }
>;
