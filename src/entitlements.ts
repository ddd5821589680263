// Who may enter, and what they may ever hold. Nobody is let in by default. Asked at sign-in, at each refresh and at each
// request, so that somebody who is taken off the list is out with the next deploy of it. Pure.

import type { Person } from "./authz/principal.ts";
import { SCOPES, type Scope } from "./authz/scopes.ts";
import type { Settings } from "./env.ts";

export interface Entitlement {
  /** `github:<numeric id>`: a login can be renamed and taken over, a number cannot. https://api.github.com/users/NAME has it. */
  readonly who: string;
  /** The most this person can ever hold, whatever they tick. */
  readonly may: readonly Scope[];
}

// Replace: people who may hold less than everything. Whoever is named in the ENTITLED setting may hold every scope.
const PEOPLE: readonly Entitlement[] = [
  // { who: "github:583231", may: ["profile:read", "notes:read"] },
];

/** What a person may hold now; nothing means they may not enter. */
export function entitlementOf(
  person: Person,
  { entitled }: Pick<Settings, "entitled">,
  people = PEOPLE,
): readonly Scope[] {
  const who = `${person.provider}:${person.id}`;
  const narrowed = people.find((entry) => entry.who === who);
  if (narrowed !== undefined) return narrowed.may;
  return entitled.includes(who) ? SCOPES : [];
}
