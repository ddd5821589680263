// What becomes of the ticks once it is known who signed in, and when: granted = ticked ∩ entitled, and what
// destroys needs a sign-in of the last five minutes. Says what was dropped and why, for the second page. Pure.

import { isFresh } from "../gate/approval.ts";
import type { Scope } from "../gate/scopes.ts";

export interface Ticks {
  readonly ticked: readonly Scope[];
  /** What this user may hold now. */
  readonly entitled: readonly Scope[];
  /** Scopes that let a tool delete things. */
  readonly destroys: readonly Scope[];
  /** When the user proved who they are; undefined when the provider does not say, which counts as long ago. */
  readonly signedInAt: number | undefined;
  readonly now: number;
}

export interface Grantable {
  readonly granted: readonly Scope[];
  readonly dropped: readonly Dropped[];
}

export interface Dropped {
  readonly scope: Scope;
  /** `replaced`: it was not ticked, and the same app's connection of now has it. */
  readonly why: "unentitled" | "old-sign-in" | "replaced";
}

export function decideGrantable({ ticked, entitled, destroys, signedInAt, now }: Ticks): Grantable {
  const fresh = signedInAt !== undefined && isFresh(signedInAt, now);
  const dropped = ticked.flatMap((scope): readonly Dropped[] => {
    if (!entitled.includes(scope)) return [{ scope, why: "unentitled" }];
    return destroys.includes(scope) && !fresh ? [{ scope, why: "old-sign-in" }] : [];
  });
  return { granted: ticked.filter((scope) => !dropped.some((entry) => entry.scope === scope)), dropped };
}

/** How long an access token lives, in seconds: anyone who steals one that deletes things has it for a shorter time. */
export function accessSeconds(granted: readonly Scope[], destroys: readonly Scope[]): number {
  return granted.some((scope) => destroys.includes(scope)) ? 5 * 60 : 15 * 60;
}
