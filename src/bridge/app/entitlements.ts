// What a user may ever hold: the setting ENTITLED and the app's own `people`. Nobody is let in by default. Asked at sign-in, at each
// refresh and at each request, so somebody who is taken off the list is out with the next deploy of it. Pure.

import type { User } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import { fragment, listOf, type Values, variable } from "../setting.ts";
import type { App } from "./app.ts";
import { LISTING_FORMS, type Listing, lists, parseListing } from "./listing.ts";

/** Every entry that cannot be read is named: one that is passed over lets somebody in, or keeps somebody out, unseen. */
const LISTINGS = listOf(parseListing, "has an entry that cannot be read");
const FIX = `write people as ${LISTING_FORMS}, separated by spaces`;

export const LISTS = fragment({
  ENTITLED: variable(LISTINGS, "who may enter, separated by spaces (see below)", FIX),
});

type Lists = Values<(typeof LISTS)["settings"]>;
type People = Pick<App, "people" | "listings">;

/** What a user may hold now; nothing means that they may not enter. */
export function entitlementOf(
  user: User,
  { entitled }: { readonly entitled: readonly Listing[] },
  { people, listings, scopes }: People & Pick<App, "scopes">,
): readonly Scope[] {
  const narrowed = people.find((_, index) => names(listings[index], user));
  if (narrowed !== undefined) return narrowed.may;
  return entitled.some((listing) => lists(listing, user)) ? scopes.all : [];
}

/** Which verified facts the lists ask about: a sign-in asks its provider for these and for nothing else. */
export interface FactsNeeded {
  readonly mail: boolean;
  /** GitHub organisations, by number. */
  readonly orgs: readonly string[];
}

export function factsNeeded({ ENTITLED }: Lists, { listings }: Pick<People, "listings">): FactsNeeded {
  const all = [...ENTITLED, ...listings.flatMap((listing) => listing ?? [])];
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

function names(listing: Listing | undefined, user: User): boolean {
  return listing !== undefined && lists(listing, user);
}
