// How the app calls its tools and scopes, for pages that show what is long past: one that is not there any more has its own name
// and nothing else. Pure.

import type { App } from "../app/app.ts";
import { ruleOf } from "../gate/rule.ts";
import type { Where } from "../gate/where.ts";
import { placeOf } from "../pages/when.tsx";
import type { Settings } from "../settings.ts";

export interface Names {
  readonly titleOf: (tool: string) => string;
  /** Completes "It may …". */
  readonly mayOf: (scope: string) => string;
  /** Whether one of them lets a tool delete things. */
  readonly canDelete: (scopes: readonly string[]) => boolean;
  readonly placeOf: (where: Where) => string;
}

export function namesOf({ policy, scopes, destroys }: App, { loopback }: Settings): Names {
  return {
    titleOf: (tool) => ruleOf(policy, tool)?.title ?? tool,
    mayOf: (scope) => (scopes.all.includes(scope) ? scopes.entry(scope).may : scope),
    canDelete: (held) => held.some((scope) => destroys.includes(scope)),
    placeOf: (where) => placeOf(where, loopback),
  };
}
