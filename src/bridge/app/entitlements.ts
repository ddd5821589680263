// What a user may ever hold, and who operates: the settings ENTITLED and OPERATORS, and the app's own `people`. Nobody is let in by
// default. Asked at sign-in, at each refresh and at each request, so somebody who is taken off the list is out with the next
// deploy of it. Pure.

import type { Person } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import { fragment, type Values, variable, WORDS } from "../setting.ts";
import type { App } from "./app.ts";
import { LISTING_FORMS, type Listing, lists, parseListing } from "./listing.ts";

/** Every entry that cannot be read is named: one that is passed over lets somebody in, or keeps somebody out, unseen. */
const LISTINGS = WORDS.transform((entries, context): readonly Listing[] =>
  entries.flatMap((entry) => {
    const listing = parseListing(entry);
    if (listing === undefined) context.addIssue(`has ${JSON.stringify(entry.slice(0, 64))}, which cannot be read`);
    return listing ?? [];
  }),
);
const FIX = `write people as ${LISTING_FORMS}, separated by spaces`;

export const LISTS = fragment({
  ENTITLED: variable(LISTINGS, "who may enter, separated by spaces (see below)", FIX),
  OPERATORS: variable(LISTINGS, "users, written in the same way; nothing asks it today, and it lets nobody in", FIX),
});

type Lists = Values<(typeof LISTS)["settings"]>;
type People = Pick<App, "people" | "listings">;

/** What a user may hold now; nothing means that they may not enter. */
export function entitlementOf(
  person: Person,
  { entitled }: { readonly entitled: readonly Listing[] },
  { people, listings, scopes }: People & Pick<App, "scopes">,
): readonly Scope[] {
  const narrowed = people.find((_, index) => names(listings[index], person));
  if (narrowed !== undefined) return narrowed.may;
  return entitled.some((listing) => lists(listing, person)) ? scopes.all : [];
}

export function operatorOf(person: Person, { OPERATORS }: Pick<Lists, "OPERATORS">): boolean {
  return OPERATORS.some((listing) => lists(listing, person));
}

/** Which verified facts the lists ask about: a sign-in asks its provider for these and for nothing else. */
export interface FactsNeeded {
  readonly mail: boolean;
  /** GitHub organisations, by number. */
  readonly orgs: readonly string[];
}

export function factsNeeded({ ENTITLED, OPERATORS }: Lists, { listings }: Pick<People, "listings">): FactsNeeded {
  const all = [...ENTITLED, ...OPERATORS, ...listings.flatMap((listing) => listing ?? [])];
  return {
    mail: all.some(({ kind }) => kind === "mail" || kind === "mail-domain"),
    orgs: all.flatMap((listing) => (listing.kind === "github-org" ? [listing.id] : [])),
  };
}

/** What only a provider can know of a user. */
export type Fact = "mail" | "orgs";

/** Which facts these listings ask about somebody of this provider. */
export function factsAsked(listings: readonly (Listing | undefined)[], provider: string): readonly Fact[] {
  const kinds = new Set(listings.map((listing) => listing?.kind));
  const mail = kinds.has("mail") || kinds.has("mail-domain");
  const orgs = kinds.has("github-org") && provider === "github";
  return [...(mail ? (["mail"] as const) : []), ...(orgs ? (["orgs"] as const) : [])];
}

function names(listing: Listing | undefined, person: Person): boolean {
  return listing !== undefined && lists(listing, person);
}
