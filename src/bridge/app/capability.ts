// A capability: the narrow object that a tool receives, made for one call out of the app's own bindings and bound to the user
// who calls. "read" was handed views of the bindings that cannot write. Pure.

import type { Principal } from "../gate/principal.ts";
import type { Provenance } from "../gate/provenance.ts";
import type { AppHost, OpenStore } from "./store.ts";

/** Who calls, as far as a capability may know it: no token, no grant, no entitlement. */
export interface Caller {
  /** The user's id: `dbr1_` and 22 characters. */
  readonly subject: string;
  /** The client's id. */
  readonly client: string;
  /** As the user's provider calls them; for display only, never a key. */
  readonly name: string;
  /** The scopes of the token. */
  readonly held: readonly string[];
}

declare const made: unique symbol;
export type CapabilityKind = "read" | "write";

/** Only `store(…)` and `keepsNothing` make one. */
export interface Capability<Kind extends CapabilityKind, Made> {
  readonly [made]: true;
  readonly kind: Kind;
  readonly name: string;
  /** The store it works on; undefined when it keeps nothing of a user. */
  readonly store: OpenStore | undefined;
  readonly make: (host: AppHost, principal: Principal, from: Provenance) => Made;
}

const genuine = new WeakSet<object>();

export function createCapability<Kind extends CapabilityKind, Made>(
  kind: Kind,
  name: string,
  store: OpenStore | undefined,
  make: (host: AppHost, caller: Caller, from: Provenance) => Made,
): Capability<Kind, Made> {
  const capability = Object.freeze({
    kind,
    name,
    store,
    make: (from: AppHost, { subject, client, name, held }: Principal, provenance: Provenance) =>
      make(from, { subject, client, name, held }, provenance),
  });
  genuine.add(capability);
  return capability as Capability<Kind, Made>;
}

export function isCapability(value: object): boolean {
  return genuine.has(value);
}
