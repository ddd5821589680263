// A listing: one way to name users in a list, `ENTITLED` or the app's `people`. By what a provider never changes
// (a number, a subject) or by a fact that it has verified. What cannot be read is no listing, never one that fits nobody. Pure.

import type { User } from "../gate/principal.ts";

export type Listing =
  /** `github:583231`. A login can be renamed and taken over, a number cannot. https://api.github.com/users/NAME has it. */
  | { readonly kind: "github"; readonly id: string }
  /** `github-org:9919`: anyone who was an active member when they signed in. https://api.github.com/orgs/NAME has the number. */
  | { readonly kind: "github-org"; readonly id: string }
  /** `oidc:https://id.example.com#248289761001`: the issuer exactly as it calls itself, and the subject there. */
  | { readonly kind: "oidc"; readonly issuer: string; readonly id: string }
  /** `mail:ada@example.com`: an address that the provider says it has verified. */
  | { readonly kind: "mail"; readonly mail: string }
  /** `mail-domain:example.com`: each verified address at exactly this domain, none below it. */
  | { readonly kind: "mail-domain"; readonly domain: string };

export const LISTING_FORMS =
  "github:<number>, github-org:<number>, oidc:<issuer>#<subject>, mail:<address>, mail-domain:<domain>";

const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/;

export function parseListing(text: string): Listing | undefined {
  const [, kind = "", value = ""] = /^([a-z-]+):([\x21-\x7e]+)$/.exec(text) ?? [];
  if (kind === "github" || kind === "github-org")
    return /^[1-9]\d{0,18}$/.test(value) ? { kind, id: value } : undefined;
  if (kind === "mail") {
    const mail = parseMail(value);
    return mail === undefined ? undefined : { kind, mail };
  }
  if (kind === "mail-domain") {
    const domain = value.toLowerCase();
    return DOMAIN.test(domain) ? { kind, domain } : undefined;
  }
  if (kind === "oidc") {
    // An issuer has no fragment (OpenID Connect Core §1.2), so the first # ends it.
    const [, issuer = "", id = ""] = /^(https?:\/\/[^#?]+)#(.{1,255})$/.exec(value) ?? [];
    return id === "" || !URL.canParse(issuer) ? undefined : { kind, issuer, id };
  }
  return undefined;
}

/** A plain address in lower case; anything unusual (quotes, comments, letters beyond ASCII, two @) is none. */
export function parseMail(text: string): string | undefined {
  // Before the case is lowered: that makes a plain k of the Kelvin sign, another letter in an address (RFC 6531).
  if (!/^[\x21-\x7e]+$/.test(text)) return undefined;
  const mail = text.toLowerCase();
  const [, local = "", domain = ""] = /^([a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([^@]+)$/.exec(mail) ?? [];
  return local !== "" && DOMAIN.test(domain) ? mail : undefined;
}

/** Whether this listing names this user. */
export function lists(listing: Listing, { provider, issuer, id, mail, orgs }: User): boolean {
  switch (listing.kind) {
    case "github":
      return provider === "github" && id === listing.id;
    case "github-org":
      return provider === "github" && orgs?.includes(listing.id) === true;
    case "oidc":
      return provider === "oidc" && issuer === listing.issuer && id === listing.id;
    case "mail":
      return mail === listing.mail;
    case "mail-domain":
      return mail?.split("@")[1] === listing.domain;
  }
}
