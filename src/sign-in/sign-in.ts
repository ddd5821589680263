// What a way to sign in is: it sends a person to a provider and reads who came back. The OAuth library binds the `state` to
// the browser and keeps `data` in between; one file here per provider, each removable with its import.

import type { Person } from "../authz/principal.ts";
import type { Scope } from "../authz/scopes.ts";
import type { Settings } from "../env.ts";

export interface SignIn {
  /** Lower-case word, in paths and as `Person.provider`. */
  readonly name: string;
  /** As people call it. */
  readonly label: string;
  /** Whether its settings are there. */
  readonly configured: (settings: Settings) => boolean;
  /** `data` is kept for the callback and never sent anywhere; `location` is where the person goes. */
  readonly start: (callback: URL, settings: Settings) => Promise<SignInStart>;
  /** Who the callback says came back. */
  readonly finish: (callback: URL, data: unknown, settings: Settings) => Promise<SignInResult>;
  /** Set only by sign-ins whose people need no listing in entitlements.ts. */
  readonly entitles?: (settings: Settings) => readonly Scope[];
  /** A page of its own at /sign-in/<name>, for a provider that is no other site. */
  readonly page?: (request: Request, callback: URL, settings: Settings) => Response;
}

export interface SignInStart {
  readonly data: unknown;
  readonly location: (state: string) => URL;
}

export type SignInResult =
  | { readonly person: Person }
  /** The person said no, or the provider did. */
  | { readonly refused: "denied" }
  /** The provider could not be asked; trying again may help. */
  | { readonly refused: "unavailable" };

/** Where a provider sends people back to. */
export function callbackUrl({ name }: Pick<SignIn, "name">, { publicUrl }: Settings): URL {
  return new URL(`/sign-in/${name}/callback`, publicUrl);
}
