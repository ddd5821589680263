// A rule is one line of the policy: it binds a tool to the scope it needs, what it does to the world, and the one
// capability it is handed. `rule()` is the only way to make one, so a tool without a scope does not compile. Pure.

import type * as z from "zod";
import type { ApprovalNeed, Plan } from "./approval.ts";
import type { Principal } from "./principal.ts";
import type { Provenance } from "./provenance.ts";
import type { Scope } from "./scopes.ts";
import type { NoPlan, Tool } from "./tool.ts";

/** `read` changes nothing, `write` adds or replaces, `destroy` takes away for good. */
export type Effect = "read" | "write" | "destroy";

/** Whom a tool talks to: nobody, the user's own account elsewhere, or hosts outside, who learn what they are asked for. */
export type Reach = "nothing" | "own-account" | "outside";

/** Exact, for each client of a user and rule; ledger/budgets.ts has the total of all their clients. */
export interface Budget {
  readonly perMinute: number;
  readonly perDay: number;
  /** How often the very same call may be made in a minute: an agent that repeats itself is caught in a loop. */
  readonly repeats: number;
}

const BUDGETS: Readonly<Record<Effect, Budget>> = {
  read: { perMinute: 120, perDay: 20_000, repeats: 5 },
  write: { perMinute: 30, perDay: 1_000, repeats: 5 },
  destroy: { perMinute: 5, perDay: 50, repeats: 2 },
};

/** Not exported: only `rule()` can make a rule. A copy with another word in it has the symbol, and is not in the set. */
const MADE = Symbol("made by rule()");
const made = new WeakSet<object>();

/** A rule, its capability type closed over: what remains is what the gate, the lists and the run need. */
export interface Rule<Host> {
  readonly [MADE]: true;
  readonly scope: Scope;
  readonly effect: Effect;
  readonly budget: Budget;
  /** Its results were written by others, and may hold instructions for the model. */
  readonly untrusted: boolean;
  readonly reaches: Reach;
  readonly approval: ApprovalNeed;
  /** The capability that it is handed, and the store that one works on; undefined in rules that no kit made. */
  readonly uses: Uses | undefined;
  /** It may replace or take away what is there; what only adds does not. */
  readonly destructive: boolean;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly example: unknown;
  readonly run: (
    host: Host,
    principal: Principal,
    args: unknown,
    from: Provenance,
    signal: AbortSignal,
  ) => Promise<unknown>;
  /** What the call would do, for the page where a user decides; undefined when the tool does not say. */
  readonly plan: ((host: Host, principal: Principal, args: unknown) => Promise<Plan>) | undefined;
}

export interface Uses {
  readonly name: string;
  /** What its plan is handed, by name. */
  readonly plan?: string | undefined;
  readonly store: { readonly name: string } | undefined;
}

export type Policy<Host> = Readonly<Record<string, Rule<Host>>>;

export interface RuleWords<Host, Input extends z.ZodObject, Output extends z.ZodObject, Capability, PlanCapability> {
  readonly tool: Tool<Input, Output, Capability, PlanCapability>;
  readonly scope: Scope;
  readonly effect: Effect;
  /** What differs from the effect's own budget. */
  readonly budget?: Partial<Budget>;
  readonly output?: "own" | "untrusted";
  readonly reaches?: Reach;
  /**
   * For what replaces, or is worth a user's yes each time; clients are told that it may be destructive. What destroys always is: no
   * word here would spare it.
   */
  readonly approval?: "each-call" | "when-tainted" | "never";
  /** Builds the narrow object the tool is handed, bound to this principal. */
  readonly capability: (host: Host, principal: Principal, from: Provenance) => NoInfer<Capability>;
  /** Builds what the tool's plan is handed, which reads only. */
  readonly plan?: (host: Host, principal: Principal, from: Provenance) => NoInfer<PlanCapability>;
  readonly uses?: Uses;
}

export function rule<Host, Input extends z.ZodObject, Output extends z.ZodObject, Capability, PlanCapability = NoPlan>(
  words: RuleWords<Host, Input, Output, Capability, PlanCapability>,
): Rule<Host> {
  const { tool, scope, effect, capability, reaches = "nothing", approval = "never" } = words;
  const { plan } = tool;
  const lookWith = words.plan;
  const budget = { ...BUDGETS[effect], ...words.budget };
  const finished: Rule<Host> = {
    [MADE]: true,
    scope,
    effect,
    budget,
    untrusted: words.output === "untrusted",
    reaches,
    approval: approvalOf({ effect, reaches, approval }),
    uses: words.uses,
    destructive: effect === "destroy" || (effect === "write" && approval !== "never"),
    title: tool.title,
    description: tool.description,
    input: tool.input,
    output: tool.output,
    example: tool.example,
    run: async (host, principal, args, from, signal) =>
      tool.run(tool.input.parse(args), capability(host, principal, from), signal),
    plan:
      plan === undefined || lookWith === undefined
        ? undefined
        : async (host, principal, args) => plan(tool.input.parse(args), lookWith(host, principal, UNSEEN)),
  };
  made.add(Object.freeze(finished));
  return finished;
}

/** A plan is read by the user, and no model sees it. */
const UNSEEN: Provenance = { approved: null, tainted: false, mark: () => undefined };

/** What takes away for good needs a user each time; what reaches outside, or replaces, while untrusted text may be speaking. */
function approvalOf({
  effect,
  reaches,
  approval,
}: Pick<RuleWords<never, never, never, never, never>, "effect" | "reaches" | "approval">): ApprovalNeed {
  if (effect === "destroy" || approval === "each-call") return "always";
  return reaches === "outside" || approval === "when-tainted" ? "tainted" : "never";
}

/** The rule called `name`, or undefined. Own properties only (so `__proto__` is never a rule), and only objects made by `rule()`. */
export function ruleOf<Host>(policy: Policy<Host>, name: string): Rule<Host> | undefined {
  const found = Object.hasOwn(policy, name) ? policy[name] : undefined;
  return found !== undefined && made.has(found) ? found : undefined;
}
