// What an app keeps of its users, and how all of it of one user goes. Without a store's `erase` an erasure would leave data
// behind, so a capability over data is made from its store, and `app.data` lists every store.

import type { BindingsOf, Bound, ReadingOf } from "./bindings.ts";

export interface Store<B extends Bound> {
  /** As operators read it: what `npm run guard -- erase` counts. */
  readonly name: string;
  /** The tables that hold it. */
  readonly tables?: readonly string[];
  /** Takes away all that is kept of one user. Run again after a failure, it goes on. */
  readonly erase: (bindings: BindingsOf<B>, subject: string) => Promise<void>;
  /** Everything that is kept of one user, as plain JSON. */
  readonly export: (bindings: ReadingOf<B>, subject: string) => AsyncIterable<unknown> | Promise<readonly unknown[]>;
  /** How many things are kept of one user. */
  readonly count: (bindings: ReadingOf<B>, subject: string) => Promise<number>;
}

/** A store as the bridge uses it: bound to the Worker's env, which it hands on to nobody. */
export interface OpenStore {
  readonly name: string;
  readonly tables: readonly string[];
  readonly erase: (host: AppHost, subject: string) => Promise<void>;
  readonly export: (host: AppHost, subject: string) => AsyncIterable<unknown> | Promise<readonly unknown[]>;
  readonly count: (host: AppHost, subject: string) => Promise<number>;
}

declare const host: unique symbol;
/** The Worker's env as the bridge carries it to an app's capabilities: opaque on the way. */
export type AppHost = { readonly [host]: true };

export function appHost(env: object): AppHost {
  return env as AppHost;
}
