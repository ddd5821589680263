// What a ledger decides about one request: whether it may go on, and what is written about it. Every function runs inside the
// ledger's transaction.

import { type ApprovalDecision, isFresh } from "../gate/approval.ts";
import type { DenialReason } from "../gate/denial.ts";
import type { Cause } from "../gate/event.ts";
import type {
  Admission,
  Admitted,
  DenialNoted,
  DenialRecord,
  Denied,
  InStanding,
  Standing,
  StateDenial,
} from "../gate/ledger-port.ts";
import type { Parts } from "./parts.ts";
import { blockedTools, decideSwitches, type Switches } from "./switches.ts";

/** Undefined when they cannot be read. */
type Known = Switches | undefined;

/** Writes the admission, or says why there is none. */
export function admit(parts: Parts, admission: Admission, switches: Known, now: number): Admitted | Denied {
  const { client, tool, effect, budget, session } = admission;
  const { approvals, budgets, chain, sessions, taint, tally } = parts;
  const args = chain.keyed(admission.digest);
  const spending = { client, tool, args };
  const denial = forbidden(parts, admission, switches, now) ?? budgets.check(spending, budget, now);
  if (denial !== undefined) return denied(parts, admission, tool, denial, now);
  const tainted = taint.of(client, now);
  const showsLinks = admission.approval.need !== "never" && sessions.showsLinks(session);
  // After the budget, which nobody can approve away: a call that it refuses uses up no approval.
  const claimed = approvals.claim(admission, { digest: args, taint: tainted, showsLinks }, now);
  if ("denial" in claimed) return denied(parts, admission, tool, claimed.denial, now);
  const { approval, approved } = claimed;
  const event = { kind: "admission", tool, effect, args, ...cause(admission) } as const;
  const head = chain.append(now, approval === null ? event : { ...event, approval });
  budgets.spend(spending, now);
  tally.admitted(head.seq, tool, client, now);
  if (admission.untrusted) taint.set(client, now);
  return { ...head, tainted: tainted !== "none", approval, approved };
}

/** Writes a denial that the gate decided, unless something outranks it, such as a grant that is over. */
export function deny(parts: Parts, record: DenialRecord, switches: Known, now: number): DenialNoted | Denied {
  const { tool, reason, ...request } = record;
  const denial = forbidden(parts, request, switches, now);
  if (denial !== undefined) return denied(parts, record, tool, denial, now);
  denied(parts, record, tool, { reason }, now);
  return { again: parts.denials.again(record, now) };
}

/** Whether a message that names no rule may be answered, and which tools are switched off. */
export function standing(parts: Parts, request: Standing, switches: Known, now: number): InStanding | Denied {
  const denial = forbidden(parts, request, switches, now);
  if (denial !== undefined) return denied(parts, request, "(message)", denial, now);
  return { blocked: switches === undefined ? [] : blockedTools(switches) };
}

export interface Decision {
  readonly id: string;
  readonly yes: boolean;
  readonly signedInAt: number;
  /** `Plan.version`. */
  readonly version: string | null;
}

/** Once. A no is always possible; a yes needs a fresh sign-in and no switch against what it is about. */
export function decideApproval(parts: Parts, decision: Decision, switches: Known, now: number): ApprovalDecision {
  const { approvals, grants, subject } = parts;
  const { id, yes, signedInAt, version } = decision;
  const asked = approvals.waiting(id, now);
  if (asked === undefined || !grants.lives(asked.grant, now)) return "gone";
  if (!yes) {
    approvals.decide(id, "refused", now);
    return "refused";
  }
  if (!isFresh(signedInAt, now)) return "old-sign-in";
  const stopped = switches === undefined || decideSwitches(switches, { subject, ...asked });
  if (stopped !== undefined) return "switched-off";
  approvals.decide(id, "approved", now, version);
  return "approved";
}

/** In order: switches, an erasure, the grant, the session. Marks what it finds in use. */
function forbidden(
  { erasure, families, grants, notices, sessions, subject }: Parts,
  request: Standing & Partial<Admission>,
  switches: Known,
  now: number,
): StateDenial | undefined {
  if (switches === undefined) return { reason: "ledger-unreachable" };
  const { client, grant, step, where, session, tool, effect } = request;
  const switched = decideSwitches(switches, { subject, client, grant, tool, effect });
  if (switched !== undefined) return switched;
  if (erasure.begun()) return { reason: "frozen" };
  // An unknown grant is as dead as an ended one.
  if (!grants.lives(grant, now)) return { reason: "grant-ended" };
  families.use(grant, step);
  notices.seeCountry(grant, where.country, now);
  if (session !== null && !sessions.touch(session, client, now)) return { reason: "session-ended" };
  return undefined;
}

function denied<R extends { readonly reason: DenialReason }>(
  { denials }: Parts,
  from: Standing,
  tool: string,
  denial: R,
  now: number,
): { denial: R } {
  denials.add(cause(from), tool, denial.reason, now);
  return { denial };
}

const cause = ({ request, client, grant, where }: Cause): Cause => ({ request, client, grant, where });
