// The principal: the verified subject, client, grant and scopes of this one request. Built only from what the resource
// server verified and from props we stored ourselves; anything odd or missing yields no principal, never a weaker one.

import * as z from "zod";
import type { Catalogue, Scope } from "./scopes.ts";

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** A user, as `dbr1_` and 22 characters; carries no name or mail. */
export type Subject = Brand<"Subject">;
/** The OAuth client id of the MCP app. */
export type ClientId = Brand<"ClientId">;
/** The id of what a subject gave a client. */
export type GrantId = Brand<"GrantId">;

export interface Principal {
  readonly subject: Subject;
  readonly client: ClientId;
  readonly grant: GrantId;
  /** How often the grant had been refreshed when this token was issued. */
  readonly step: number;
  /** What the access token carries. */
  readonly held: readonly Scope[];
  /** What this user may hold now, whatever the token says. */
  readonly entitled: readonly Scope[];
  /** How the user is called at their provider; for display only, never a key. */
  readonly name: string;
}

/** Who somebody is at their provider. Decides entitlement; `id` is immutable there, everything else can change. */
export const USER = z.strictObject({
  provider: z.string().min(1).max(32),
  issuer: z.string().min(1).max(256),
  id: z.string().min(1).max(256),
  name: z.string().min(1).max(128),
  /** Only an address that the provider says it has verified, in lower case. */
  mail: z.string().max(320).optional(),
  /** Of the GitHub organisations that are listed here, by number, those the user was a member of when they signed in. */
  orgs: z.array(z.string().max(20)).max(64).optional(),
});
export type User = Readonly<z.infer<typeof USER>>;

/** What a grant stores, encrypted by the OAuth library under the token itself. */
export const GRANT_PROPS = z.strictObject({
  /** The user. Grants of older versions have it under this name. */
  person: USER,
  /** When the user signed in; milliseconds since 1970. */
  since: z.int().positive(),
  /** How long the grant lives, in seconds. */
  lifetime: z
    .int()
    .min(60)
    .max(7 * 86_400),
});
/** What an access token stores: the same, and which grant it belongs to. */
const TOKEN_PROPS = GRANT_PROPS.extend({ grant: z.string().min(8).max(64), step: z.int().min(0) });

export const SUBJECT_PATTERN = /^dbr1_[\w-]{22}$/;

const VERIFIED = z.object({
  userId: z.string().regex(SUBJECT_PATTERN),
  clientId: z.string().min(1).max(2048),
  scope: z.array(z.string()),
});

/**
 * @param verified what the resource server verified about the token (`ctx.auth`)
 * @param props what the token's own encrypted props hold (`ctx.props`)
 * @param entitlement what a user may hold now
 * @param scopes the app's catalogue: a scope that it does not have is not held
 */
export function parsePrincipal(
  verified: unknown,
  props: unknown,
  entitlement: (user: User) => readonly Scope[],
  scopes: Catalogue,
): Principal | undefined {
  const token = VERIFIED.safeParse(verified);
  const stored = TOKEN_PROPS.safeParse(props);
  if (!token.success || !stored.success) return undefined;
  return PRINCIPAL.parse({
    subject: token.data.userId,
    client: token.data.clientId,
    grant: stored.data.grant,
    step: stored.data.step,
    held: scopes.parse(token.data.scope),
    entitled: scopes.parse(entitlement(stored.data.person)),
    name: stored.data.person.name,
  });
}

/** The one place where text becomes a branded id: after verification, or out of a seal of ours. */
export const PRINCIPAL = z.strictObject({
  subject: z
    .string()
    .regex(SUBJECT_PATTERN)
    .transform((text) => text as Subject),
  client: z.string().transform((text) => text as ClientId),
  grant: z.string().transform((text) => text as GrantId),
  step: z.int(),
  held: z.array(z.string()).readonly(),
  entitled: z.array(z.string()).readonly(),
  name: z.string(),
});
