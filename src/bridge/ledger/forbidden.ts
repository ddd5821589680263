// What the state of things forbids, whatever was decided, in order: switches, an erasure, then the grant, then the session. Runs inside
// the ledger's transaction, and marks what it finds in use.

import type { Admission, Standing, StateRefusal } from "../gate/ledger-port.ts";
import type { Parts } from "./parts.ts";
import { decideSwitches, type Switches } from "./switches.ts";

export function checkForbidden(
  parts: Parts,
  request: Standing & Partial<Admission>,
  subject: string,
  switches: Switches | undefined,
  now: number,
): StateRefusal | undefined {
  if (switches === undefined) return { reason: "ledger-unreachable" };
  const { client, grant, step, where, session, tool, effect } = request;
  const switched = decideSwitches(switches, { subject, client, grant, tool, effect });
  if (switched !== undefined) return switched;
  if (parts.erasure.begun()) return { reason: "frozen" };
  // An unknown grant is as dead as an ended one.
  if (!parts.grants.lives(grant, now)) return { reason: "grant-ended" };
  parts.families.use(grant, step);
  parts.notices.seeCountry(grant, where.country, now);
  if (session !== null && !parts.sessions.touch(session, client, now)) return { reason: "session-ended" };
  return undefined;
}
