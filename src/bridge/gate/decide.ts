// The decision, pure: a call and a principal in, allow or a denial out. This file holds the only `allow` in the code
// base. It knows nothing of grants that ended or budgets that ran out: that is state, and the ledger's (gate.ts).

import { carriesRedacted } from "../text/redact.ts";
import { visible } from "../text/visible.ts";
import type { Denial } from "./denial.ts";
import type { Principal } from "./principal.ts";
import { type Policy, type Rule, ruleOf } from "./rule.ts";

/** A message that names a rule: which one, and its arguments as they came. */
export interface Call {
  readonly tool: string;
  readonly args: unknown;
}

export type Decision<Host> =
  | { readonly allow: true; readonly rule: Rule<Host> }
  | { readonly allow: false; readonly rule: Rule<Host> | undefined; readonly denial: Denial };

/**
 * 1. the rule exists and this user may hold its scope now (else: it does not exist for them)
 * 2. the token carries the scope
 * 3. the arguments are exactly what the rule takes
 * 4. what writes carries no mark in the place of a credential: it would replace the user's own for good
 * Whether a user has to approve it depends on state, so the rule says when (`rule.approval`) and the ledger sees to it.
 */
export function decide<Host>(policy: Policy<Host>, principal: Principal, call: Call): Decision<Host> {
  const rule = ruleOf(policy, call.tool);
  const deny = (denial: Denial): Decision<Host> => ({ allow: false, rule, denial });

  if (rule === undefined || !principal.entitled.includes(rule.scope)) return deny({ reason: "unknown-tool" });
  if (!principal.held.includes(rule.scope)) {
    return deny({ reason: "missing-scope", needed: rule.scope, held: principal.held });
  }
  const args = rule.input.safeParse(call.args);
  if (!args.success) {
    const detail = args.error.issues
      .map((issue) => `${issue.path.join(".") || "arguments"}: ${issue.message}`)
      .join("; ");
    return deny({ reason: "invalid-arguments", detail: visible(detail.slice(0, 500)) });
  }
  if (rule.effect !== "read" && carriesRedacted(call.args)) return deny({ reason: "redacted-arguments" });
  return { allow: true, rule };
}

/** What a user sees of the table: the rules they could hold with this client, and whether the token covers them. */
export function listed<Host>(
  policy: Policy<Host>,
  principal: Principal,
): readonly { readonly name: string; readonly rule: Rule<Host>; readonly locked: boolean }[] {
  return Object.entries(policy)
    .filter(([, rule]) => principal.entitled.includes(rule.scope))
    .map(([name, rule]) => ({ name, rule, locked: !principal.held.includes(rule.scope) }));
}
