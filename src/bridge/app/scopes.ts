// Declares an app's scopes, so that a rule which names one that is not there does not compile. Pure.

import type { ScopeEntry } from "../gate/scopes.ts";

export function defineScopes<const S extends Readonly<Record<string, ScopeEntry>>>(scopes: S): S {
  return Object.freeze(scopes);
}
