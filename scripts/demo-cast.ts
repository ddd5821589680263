// Which rules of an app play in `npm run demo`: one that reads, and one that writes under a scope of its own. What reaches out writes
// nothing here, because its example would be carried out in earnest. Pure.

import type { App } from "../src/bridge/app/app.ts";
import { Failure } from "./command.ts";

export interface Role {
  /** The rule's. */
  readonly name: string;
  readonly scope: string;
  /** The tool's own example. */
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Cast {
  readonly read: Role;
  /** Missing where no rule fits: then nothing is denied and there is no step-up. */
  readonly write: Role | undefined;
}

export function castOf({ policy, scopes }: Pick<App, "policy" | "scopes">): Cast {
  const roles = Object.entries(policy).map(([name, { scope, example, ...rule }]) => {
    return { name, scope, rule, args: Object.fromEntries(Object.entries(example ?? {})) };
  });
  const asked = ({ scope }: Role) => !scopes.baseline.includes(scope);
  const reads = roles.filter(({ rule }) => rule.effect === "read");
  const within = reads.filter(({ rule }) => rule.reaches === "nothing");
  const read = within.find(asked) ?? within[0] ?? reads[0];
  if (read === undefined) throw new Failure("No rule of this app reads, so there is nothing to tell: add one.");
  const write = roles.find(
    (role) =>
      role.rule.effect === "write" &&
      role.rule.approval !== "always" &&
      role.rule.reaches === "nothing" &&
      role.scope !== read.scope &&
      asked(role),
  );
  return { read, write };
}
