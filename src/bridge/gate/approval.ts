// An approval: a user's yes to one call, given on a page of ours, for exactly these arguments, once. This file says which calls
// need one and what an approval is; ledger/approvals.ts keeps them. A client's own answers are never one. Pure.

import type { ClientId, GrantId } from "./principal.ts";
import type { Where } from "./where.ts";

/** How long a request waits for its user and, once decided, how long the decision holds; in milliseconds. */
export const APPROVAL_MS = 5 * 60_000;

/** Whether a rule's calls need a user: each of them, those of a client that has just read untrusted text, or none. */
export type ApprovalNeed = "always" | "tainted" | "never";

export function needsApproval(need: ApprovalNeed, tainted: boolean): boolean {
  return need === "always" || (need === "tainted" && tainted);
}

/** How old a sign-in may be that says yes to what destroys, in milliseconds. */
export const FRESH_MS = 5 * 60_000;

/** One from the future is no better than an old one: a clock is wrong somewhere. */
export function isFresh(signedInAt: number, now: number): boolean {
  return Math.abs(now - signedInAt) <= FRESH_MS;
}

/** What the ledger keeps when it has to ask. */
export interface Ask {
  /** Random: what the link names. */
  readonly id: string;
  /** The arguments, encrypted: the ledger cannot read them, the page can. */
  readonly args: string;
}

/** `expired`: nobody decided in time, the approved call never came, or the grant ended. */
export type ApprovalState = "waiting" | "approved" | "refused" | "used" | "expired";

export interface Approval {
  readonly id: string;
  readonly client: ClientId;
  readonly grant: GrantId;
  readonly tool: string;
  /** The arguments, encrypted (seal.ts); null once decided or expired. */
  readonly args: string | null;
  /** Milliseconds since 1970. While it waits: until when it can be decided; afterwards: until when the decision holds. */
  readonly asked: number;
  readonly expires: number;
  readonly decided: number | null;
  readonly state: ApprovalState;
  /** A client of the user had read untrusted text shortly before: this one, or, with `taintedElsewhere`, only others. */
  readonly tainted: boolean;
  readonly taintedElsewhere?: true;
  readonly where: Where;
}

/**
 * What became of a user's decision. `gone`: no such request, or it is over. `old-sign-in`: a yes needs a sign-in of the last
 * five minutes. `switched-off`: an operator has stopped what it is about.
 */
export type ApprovalDecision = "approved" | "refused" | "gone" | "old-sign-in" | "switched-off";

/** What a call would do, in words for the user who decides. */
export interface Plan {
  /** "Delete the note “Groceries”". */
  readonly will: string;
  /** What is gone for good afterwards, one line each. */
  readonly lost: readonly string[];
  /** Which state of it this was read from: the capability is told, and does nothing to another. Not shown. */
  readonly version?: string;
}
