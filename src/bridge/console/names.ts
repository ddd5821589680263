// How the app calls its tools and scopes, for pages that show what is long past: one that is not there any more has its own name
// and nothing else. Pure.

import type { App } from "../app/app.ts";
import { ruleOf } from "../gate/rule.ts";

export interface Names {
  readonly titleOf: (tool: string) => string;
  /** Completes "It may …". */
  readonly mayOf: (scope: string) => string;
}

export function namesOf({ policy, scopes }: Pick<App, "policy" | "scopes">): Names {
  return {
    titleOf: (tool) => ruleOf(policy, tool)?.title ?? tool,
    mayOf: (scope) => (scopes.all.includes(scope) ? scopes.entry(scope).may : scope),
  };
}
