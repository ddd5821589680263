// A ticket is the proof that a call was admitted: for one rule, one digest of the arguments, one principal, once. The
// second of the two locks (DESIGN: gate and run) checks it. Pure but for the memory of what was used.

import type { Call } from "./decide.ts";
import type { Principal } from "./principal.ts";

export interface Ticket {
  /** The admission's sequence number and hash in the subject's ledger; the caller's receipt. */
  readonly seq: number;
  readonly hash: string;
  /** Whose it is: subject, client and grant. */
  readonly holder: string;
  readonly tool: string;
  /** Whether the client was handed untrusted text a short while ago. */
  readonly tainted: boolean;
  /** The approval that was used up for it; null when it needed none. */
  readonly approval: string | null;
  /** The version of things that it was given for; null when it needed none, or the plan names none. */
  readonly approved: string | null;
  /** SHA-256 of the canonical arguments. */
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** What the edge hands a transport: whose request this is and, for a call, its ticket. */
export interface GateResult {
  readonly principal: Principal;
  /** Tools that are switched off, not to be listed. */
  readonly blocked: readonly string[];
  readonly ticket: Ticket | undefined;
}

/** Ticket lifetime: the way from the gate to the run, cold start included. */
export const TICKET_MS = 15_000;

export function holderOf({ subject, client, grant }: Principal): string {
  return `${subject} ${client} ${grant}`;
}

/** Remembers used tickets until they expire anyway. One per place that runs tools. */
export class TicketBook {
  readonly #used = new Map<string, number>();

  /** True exactly once for a ticket that fits this call of this principal. */
  redeem(gated: GateResult, call: Call, digest: string, now: number): boolean {
    const { ticket, principal } = gated;
    if (ticket === undefined || ticket.expires <= now) return false;
    if (ticket.holder !== holderOf(principal)) return false;
    if (ticket.tool !== call.tool || ticket.digest !== digest) return false;
    // Oldest first, so the first that has not expired ends the sweep.
    for (const [key, expires] of this.#used) {
      if (expires > now) break;
      this.#used.delete(key);
    }
    const key = `${principal.subject}:${ticket.seq}`;
    if (this.#used.has(key)) return false;
    this.#used.set(key, ticket.expires);
    return true;
  }
}
