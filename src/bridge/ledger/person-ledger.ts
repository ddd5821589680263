// The part of a ledger's interface that the pages of this bridge call, for whoever is signed in there: decide about a call, be
// signed in, see what is theirs. A ledger is addressed by that person's subject, so nobody can decide, or see, what is another's.

import { type Approval, type ApprovalDecision, isFresh } from "../gate/approval.ts";
import type { Cause, PersonEvent } from "../gate/event.ts";
import type { Linked } from "./chain.ts";
import { GrantLedger } from "./grant-ledger.ts";
import { decideSwitches } from "./switches.ts";
import type { Connection, Stolen } from "./usage.ts";

/** How long a theft is shown, in milliseconds. */
const SHOWN_MS = 7 * 86_400_000;

export class PersonLedger extends GrantLedger {
  async approval(id: string): Promise<Approval | undefined> {
    return this.parts.approvals.get(id, this.clock());
  }

  /** The last fifty, newest first. */
  async approvals(): Promise<readonly Approval[]> {
    return this.parts.approvals.list(this.clock());
  }

  /** Once. A no is always possible; a yes needs a fresh sign-in and no switch against what it is about. `version`: `Plan.version`. */
  async decideApproval(
    id: string,
    yes: boolean,
    signedInAt: number,
    version: string | null = null,
  ): Promise<ApprovalDecision> {
    const switches = await this.parts.switches.current(this.clock());
    return this.write((now) => {
      const { approvals, grants } = this.parts;
      const asked = approvals.waiting(id, now);
      if (asked === undefined || !grants.lives(asked.grant, now)) return "gone";
      if (!yes) {
        approvals.decide(id, "refused", now);
        return "refused";
      }
      if (!isFresh(signedInAt, now)) return "old-sign-in";
      const stopped = switches === undefined || decideSwitches(switches, { subject: this.subject(), ...asked });
      if (stopped !== undefined) return "switched-off";
      approvals.decide(id, "approved", now, version);
      return "approved";
    });
  }

  /** Writes down what the user decided on the consent page; false when this consent (its hash) was used before. */
  async consent(id: string, event: PersonEvent): Promise<boolean> {
    return this.write((now) => {
      if (!this.parts.browsers.spend(id, now)) return false;
      this.parts.chain.append(now, event);
      return true;
    });
  }

  /** Once for an id; "used" when this sign-in opened a session before. */
  async openBrowserSession(
    id: string,
    { request, where }: Pick<Cause, "request" | "where">,
  ): Promise<"opened" | "used" | "frozen"> {
    if (await this.#frozen()) return "frozen";
    return this.write((now) => {
      if (!this.parts.browsers.open(id, now)) return "used";
      this.parts.chain.append(now, { kind: "browser-session", request, step: "opened", where });
      return "opened";
    });
  }

  /** Whether a page may be shown. Freezing a person ends all of their sessions. */
  async browserSession(id: string): Promise<boolean> {
    if (await this.#frozen()) this.write((now) => this.parts.browsers.end("all", now));
    return this.parts.browsers.lives(id, this.clock());
  }

  /** Ends one session, or all that were opened before now. */
  async endBrowserSessions(id: string | "all", { request, where }: Pick<Cause, "request" | "where">): Promise<void> {
    this.write((now) => {
      if (this.parts.browsers.end(id, now) === 0) return;
      const step = id === "all" ? "all-ended" : "ended";
      this.parts.chain.append(now, { kind: "browser-session", request, step, where });
    });
  }

  /** What is connected now, and what was ended lately because its token was stolen. */
  async connections(): Promise<{ readonly alive: readonly Connection[]; readonly stolen: readonly Stolen[] }> {
    return this.write((now) => {
      const { usage } = this.parts;
      usage.catchUp();
      return { alive: usage.connections(now), stolen: usage.stolen(now - SHOWN_MS) };
    });
  }

  /** Up to 1,000 entries with `seq < before`, newest first, with their hashes. */
  async eventsBefore(before: number, limit: number): Promise<readonly Linked[]> {
    return this.parts.chain.readBack(before, Math.min(limit, 1000));
  }

  /** @throws when the switches cannot be read: nobody knows then whether this person is frozen. */
  async #frozen(): Promise<boolean> {
    const switches = await this.parts.switches.current(this.clock());
    if (switches === undefined) throw new Error("the switches cannot be read");
    return switches.some(({ kind, value }) => kind === "subject" && value === this.subject());
  }
}
