// Who may enter, what they may ever hold, and who operates. Nobody is let in by default. Asked at sign-in, at each refresh and
// at each request, so that somebody who is taken off the list is out with the next deploy of it. Pure.

import type { Person } from "./bridge/gate/principal.ts";
import { type Listing, lists, parseListing } from "./bridge/sign-in/listing.ts";
import { SCOPES, type Scope } from "./scopes.ts";

export interface Entitlement {
  /** Written as in the ENTITLED setting: see sign-in/listing.ts. */
  readonly who: string;
  /** The most these people can ever hold, whatever they tick. */
  readonly may: readonly Scope[];
}

// Replace: people who may hold less than everything; the first line that names somebody decides. Whoever is named in the
// ENTITLED setting, and in no line here, may hold every scope.
const PEOPLE: readonly Entitlement[] = [
  // { who: "github:583231", may: ["profile:read", "notes:read"] },
  // { who: "mail-domain:example.com", may: ["profile:read"] },
];

/** The settings that list people. */
export interface Lists {
  readonly entitled: readonly Listing[];
  /** People who may see and end what others do, and nothing more: being listed here lets nobody in. */
  readonly operators: readonly Listing[];
}

/** What a person may hold now; nothing means they may not enter. */
export function entitlementOf(
  person: Person,
  { entitled }: Pick<Lists, "entitled">,
  people: readonly Entitlement[] = PEOPLE,
): readonly Scope[] {
  const narrowed = people.find(({ who }) => names(parseListing(who), person));
  if (narrowed !== undefined) return narrowed.may;
  return entitled.some((listing) => lists(listing, person)) ? SCOPES : [];
}

export function operatorOf(person: Person, { operators }: Pick<Lists, "operators">): boolean {
  return operators.some((listing) => lists(listing, person));
}

/** Which verified facts the lists ask about: a sign-in asks its provider for these and for nothing else. */
export interface FactsNeeded {
  readonly mail: boolean;
  /** GitHub organisations, by number. */
  readonly orgs: readonly string[];
}

export function factsNeeded({ entitled, operators }: Lists, people: readonly Entitlement[] = PEOPLE): FactsNeeded {
  const listings = [...entitled, ...operators, ...people.flatMap(({ who }) => parseListing(who) ?? [])];
  return {
    mail: listings.some(({ kind }) => kind === "mail" || kind === "mail-domain"),
    orgs: listings.flatMap((listing) => (listing.kind === "github-org" ? [listing.id] : [])),
  };
}

/** Lines above that cannot be read. They stop the whole bridge: one that fits nobody would widen what comes after it. */
export function unreadablePeople(people: readonly Entitlement[] = PEOPLE): readonly string[] {
  return people.flatMap(({ who }) => (parseListing(who) === undefined ? [who] : []));
}

function names(listing: Listing | undefined, person: Person): boolean {
  return listing !== undefined && lists(listing, person);
}
