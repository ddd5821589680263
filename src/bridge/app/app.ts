// What a bridge is built over: everything that is an adopter's, as one object. Checked once, when it is defined. Pure.

import type { Policy } from "../gate/rule.ts";
import { type Catalogue, createCatalogue, type Scope, type ScopeEntry } from "../gate/scopes.ts";
import type { Bound } from "./bindings.ts";
import { type Listing, parseListing } from "./listing.ts";
import type { AppHost, OpenStore } from "./store.ts";

/** Users who may hold less than everything. */
export interface Entitlement<Name extends Scope = Scope> {
  /** Written as in the ENTITLED setting: see listing.ts. */
  readonly who: string;
  /** The most that these users can ever hold, whatever they tick. */
  readonly may: readonly Name[];
}

/** How the bridge's pages are called and look. */
export interface Look {
  /** The name of the service, beside the mark and in every title. */
  readonly name: string;
  /** Rules after the stylesheet's own, such as `:root { --accent: #0b4f8a }`; see pages/style.ts for the names. */
  readonly css: string;
}

export interface AppParts<S extends Readonly<Record<string, ScopeEntry>>> {
  /** The name of the service: on the pages, and in what clients are told of the server. */
  readonly name: string;
  /** Of the app; clients are told. */
  readonly version: string;
  /** More CSS for the pages. */
  readonly css?: string;
  /** Where a vulnerability is reported (RFC 9116), unless the setting SECURITY_CONTACT says otherwise. */
  readonly contact?: string;
  readonly scopes: S;
  readonly bindings: Bound;
  readonly policy: Policy<AppHost>;
  /** Every store of the app: what an erasure takes away. */
  readonly data: readonly OpenStore[];
  /** The first entry that names a user decides; who is in none may hold every scope, once ENTITLED lets them in. */
  readonly people: readonly Entitlement<keyof NoInfer<S> & string>[];
}

/** The app, as the bridge reads it. */
export interface App {
  readonly look: Look;
  /** MCP `Implementation`. */
  readonly serverInfo: { readonly name: string; readonly version: string };
  readonly contact: string | undefined;
  readonly scopes: Catalogue;
  /** Scopes that let a tool delete things: they need a sign-in that is not old. */
  readonly destroys: readonly Scope[];
  readonly bindings: Bound;
  readonly policy: Policy<AppHost>;
  readonly data: readonly OpenStore[];
  readonly people: readonly Entitlement[];
  /** Each entry of `people`, read; undefined where one cannot be. */
  readonly listings: readonly (Listing | undefined)[];
}

/** @throws when a rule works on a store that is not in `data`: what it keeps could never be erased. */
export function defineApp<const S extends Readonly<Record<string, ScopeEntry>>>(parts: AppParts<S>): App {
  const { name, version, css = "", contact, policy, data, people, bindings } = parts;
  const scopes = createCatalogue(parts.scopes);
  for (const [called, { uses }] of Object.entries(policy)) {
    if (uses?.store !== undefined && !data.some((store) => store.name === uses.store?.name)) {
      throw new Error(
        `${called} works on the store "${uses.store.name}", which is not in the app's data: add it there`,
      );
    }
  }
  const destroys = scopes.all.filter((scope) =>
    Object.values(policy).some((rule) => rule.scope === scope && rule.effect === "destroy"),
  );
  const listings = people.map(({ who }) => parseListing(who));
  const serverInfo = { name: name.toLowerCase(), version };
  return Object.freeze({
    look: { name, css },
    serverInfo,
    contact,
    scopes,
    destroys,
    bindings,
    policy,
    data,
    people,
    listings,
  });
}
