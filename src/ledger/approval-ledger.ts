// The part of a ledger's interface that a person decides with. Called by the pages of this bridge, for whoever is signed in there:
// a ledger is addressed by that person's subject, so nobody can decide, or see, what is another's.

import { type Approval, type ApprovalDecision, isFresh } from "../authz/approval.ts";
import { GrantLedger } from "./grant-ledger.ts";
import { decideSwitches } from "./switches.ts";

export class ApprovalLedger extends GrantLedger {
  async approval(id: string): Promise<Approval | undefined> {
    return this.parts.approvals.get(id, this.clock());
  }

  /** The last fifty, newest first. */
  async approvals(): Promise<readonly Approval[]> {
    return this.parts.approvals.list(this.clock());
  }

  /** Once. A no is always possible; a yes needs a fresh sign-in and no switch against what it is about. */
  async decideApproval(id: string, yes: boolean, signedInAt: number): Promise<ApprovalDecision> {
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
      approvals.decide(id, "approved", now);
      return "approved";
    });
  }
}
