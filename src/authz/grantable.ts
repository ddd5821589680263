// What becomes of the ticks once it is known who signed in, and when: granted = ticked ∩ entitled (invariant 10), and what
// destroys needs a sign-in of the last five minutes. Says what was dropped and why, for the second page. Pure.

import type { Scope } from "./scopes.ts";

/** How old a sign-in may be that allows deleting things, in milliseconds. */
export const FRESH_MS = 5 * 60_000;

/** One from the future is no better than an old one: a clock is wrong somewhere. */
export function isFresh(signedInAt: number, now: number): boolean {
  return Math.abs(now - signedInAt) <= FRESH_MS;
}

export interface Ticks {
  readonly ticked: readonly Scope[];
  /** What this person may hold now. */
  readonly entitled: readonly Scope[];
  /** Scopes that let a tool delete things. */
  readonly destroys: readonly Scope[];
  /** When the person proved who they are; undefined when the provider does not say, which counts as long ago. */
  readonly signedInAt: number | undefined;
  readonly now: number;
}

export interface Grantable {
  readonly granted: readonly Scope[];
  readonly dropped: readonly Dropped[];
}

export interface Dropped {
  readonly scope: Scope;
  readonly why: "unentitled" | "old-sign-in";
}

export function decideGrantable({ ticked, entitled, destroys, signedInAt, now }: Ticks): Grantable {
  const fresh = signedInAt !== undefined && isFresh(signedInAt, now);
  const dropped = ticked.flatMap((scope): readonly Dropped[] => {
    if (!entitled.includes(scope)) return [{ scope, why: "unentitled" }];
    return destroys.includes(scope) && !fresh ? [{ scope, why: "old-sign-in" }] : [];
  });
  return { granted: ticked.filter((scope) => !dropped.some((entry) => entry.scope === scope)), dropped };
}
