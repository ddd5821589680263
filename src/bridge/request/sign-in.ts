// What a way to sign in is: it sends a user to a provider and reads who came back. The OAuth library binds the `state` to
// the browser and keeps `data` in between; one file here per provider, each a word of an entry.

import type { App, Look } from "../app/app.ts";
import { entitlementOf, type Fact } from "../app/entitlements.ts";
import type { User } from "../gate/principal.ts";
import type { Catalogue, Scope } from "../gate/scopes.ts";
import type { Fragment } from "../setting.ts";
import type { Settings } from "../settings.ts";

export interface SignIn {
  /** Lower-case word, in paths and as `User.provider`. */
  readonly name: string;
  /** As users call it. */
  readonly label: string | ((settings: Settings) => string);
  /** Who vouches for its users, as `User.issuer`: a user of another issuer is another user, whatever their number. */
  readonly issuer: (settings: Settings) => string;
  /** Of its own: a bridge without this way to sign in does not know them. */
  readonly settings?: Fragment;
  /** Whether its settings are there. */
  readonly configured: (settings: Settings) => boolean;
  /** Where the user goes. Throws when the provider cannot be asked where that is. */
  readonly start: (callback: URL, settings: Settings, wish: SignInWish) => Promise<SignInStart>;
  /** Who the callback says came back. */
  readonly finish: (callback: URL, data: unknown, settings: Settings) => Promise<SignInResult>;
  /** Set only by sign-ins whose users need no listing in ENTITLED. */
  readonly entitles?: (settings: Settings, scopes: Catalogue) => readonly Scope[];
  /** A page of its own at /sign-in/<name>, for a provider that is no other site. */
  readonly page?: (request: Request, callback: URL, settings: Settings, look: Look) => Response;
}

export interface SignInWish {
  /** Have the user prove again who they are, even if the provider still knows them: something may be deleted. */
  readonly fresh: boolean;
}

export interface SignInStart {
  /** Kept for the callback and never sent anywhere. */
  readonly data: unknown;
  readonly location: (state: string) => URL;
}

export type SignInResult =
  | {
      readonly user: User;
      /** When they proved who they are, in milliseconds since 1970; absent when the provider does not say. */
      readonly signedInAt?: number;
      /** Facts that were asked for and could not be had, so that nobody knows them. */
      readonly lacks?: readonly Fact[];
    }
  | SignInDenial;

export interface SignInDenial {
  /**
   * denied: the user said no, or the provider did. unavailable: the provider could not be asked; trying again may help.
   * misconfigured: the bridge and the provider do not agree on how the bridge is set up there; only its operator can help.
   * invalid: the answer failed a check, so it may be somebody's attack, and nothing is sent on.
   */
  readonly refused: "denied" | "unavailable" | "misconfigured" | "invalid";
  /** For the log: a code from a closed set, never text that a provider chose. */
  readonly code: string;
}

/** Where a provider sends users back to. */
export function callbackUrl({ name }: Pick<SignIn, "name">, { publicUrl }: Settings): URL {
  return new URL(`/sign-in/${name}/callback`, publicUrl);
}

export function labelOf({ label }: Pick<SignIn, "label">, settings: Settings): string {
  return typeof label === "string" ? label : label(settings);
}

interface Ways {
  readonly app: App;
  readonly settings: Settings;
  readonly signIns: readonly SignIn[];
}

/** Who signed in by a way, or at an issuer, that is no longer there may hold nothing. */
export function entitlementBy({ app, settings, signIns }: Ways, user: User): readonly Scope[] {
  const signIn = signIns.find(({ name }) => name === user.provider);
  if (signIn === undefined || signIn.issuer(settings) !== user.issuer) return [];
  return signIn.entitles?.(settings, app.scopes) ?? entitlementOf(user, settings, app);
}
