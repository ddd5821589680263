// What a user may ever hold, and who operates: the settings ENTITLED and OPERATORS, and the app's own `people`. Nobody is let in by
// default. Asked at sign-in, at each refresh and at each request, so somebody who is taken off the list is out with the next
// deploy of it. Pure.

import type { Person } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import type { App } from "./app.ts";
import { type Listing, lists } from "./listing.ts";

/** The settings that list users. */
export interface Lists {
  readonly entitled: readonly Listing[];
  /** Users who may see and end what others do, and nothing more: being listed here lets nobody in. */
  readonly operators: readonly Listing[];
}

type People = Pick<App, "people" | "listings">;

/** What a user may hold now; nothing means that they may not enter. */
export function entitlementOf(
  person: Person,
  { entitled }: Pick<Lists, "entitled">,
  { people, listings, scopes }: People & Pick<App, "scopes">,
): readonly Scope[] {
  const narrowed = people.find((_, index) => names(listings[index], person));
  if (narrowed !== undefined) return narrowed.may;
  return entitled.some((listing) => lists(listing, person)) ? scopes.all : [];
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

export function factsNeeded({ entitled, operators }: Lists, { listings }: Pick<People, "listings">): FactsNeeded {
  const all = [...entitled, ...operators, ...listings.flatMap((listing) => listing ?? [])];
  return {
    mail: all.some(({ kind }) => kind === "mail" || kind === "mail-domain"),
    orgs: all.flatMap((listing) => (listing.kind === "github-org" ? [listing.id] : [])),
  };
}

function names(listing: Listing | undefined, person: Person): boolean {
  return listing !== undefined && lists(listing, person);
}
