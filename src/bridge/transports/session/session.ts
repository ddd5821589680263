// Session ids of the McpAgent transport. Outside, a session is called `<object id>.<birth>.<seal>`; the seal binds the id and its
// birth to the subject and client that opened it. It is checked and stripped before the namespace is touched, so a
// stolen, altered or made-up id addresses nothing. The grant is not bound: step-up replaces it.

import type { Principal } from "../../gate/principal.ts";
import { checkSeal, createSeal, type Secrets } from "../../seal.ts";
import { fragment, ON_OFF, variable } from "../../setting.ts";

export const SESSIONS = fragment({
  SESSIONS: variable(
    ON_OFF.default("on"),
    "`off`: 2025 clients are served without sessions, and no object is made for them",
  ),
});

const OUTER = /^([0-9a-f]{64})\.([0-9a-z]{1,11})\.([\w-]{43})$/;

export async function sealSession(secrets: Secrets, inner: string, principal: Principal, now: number): Promise<string> {
  const birth = now.toString(36);
  return `${inner}.${birth}.${await createSeal(secrets, "session", partsOf(inner, birth, principal))}`;
}

/** The inner id, or undefined for every id that is not this principal's; the caller answers all of them alike. */
export async function openSession(secrets: Secrets, outer: string, principal: Principal): Promise<string | undefined> {
  const [, inner, birth, seal] = OUTER.exec(outer) ?? [];
  if (inner === undefined || birth === undefined || seal === undefined) return undefined;
  return (await checkSeal(secrets, "session", partsOf(inner, birth, principal), seal)) ? inner : undefined;
}

function partsOf(inner: string, birth: string, { subject, client }: Principal): readonly string[] {
  return [inner, birth, subject, client];
}
