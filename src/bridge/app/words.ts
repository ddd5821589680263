// The words of a rule, closed by type: every word whose omission would be permissive is required, and words that do not go
// together do not compile. Types only.

import type { Budget } from "../gate/rule.ts";
import type { NoPlan } from "../gate/tool.ts";
import type { Capability } from "./capability.ts";

type Reach = "nothing" | "own-account" | "outside";

interface Words<Scope extends string, Reaches extends Reach> {
  readonly scope: Scope;
  /** `untrusted`: others wrote what it returns. */
  readonly output: "own" | "untrusted";
  /** Whom it talks to: nobody, the user's own account elsewhere, or hosts outside, who learn what they are asked for. */
  readonly reaches: Reaches;
  /** What differs from the effect's own budget. */
  readonly budget?: Partial<Budget>;
}
interface Reads<Scope extends string, Cap, Reaches extends Reach> extends Words<Scope, Reaches> {
  /** Changes nothing. */
  readonly effect: "read";
  readonly capability: Capability<"read", Cap>;
}
interface Writes<Scope extends string, Cap, Reaches extends Reach> extends Words<Scope, Reaches> {
  /** Adds or replaces. */
  readonly effect: "write";
  readonly capability: Capability<"read" | "write", Cap>;
}
interface Destroys<Scope extends string, Cap> extends Words<Scope, Reach> {
  /** Takes away for good. */
  readonly effect: "destroy";
  readonly capability: Capability<"read" | "write", Cap>;
  /** It always asks: no word here would spare the user. */
  readonly approval?: never;
}
interface Asks {
  readonly approval: "each-call" | "when-tainted";
}

/** Rules that ask the user: each time, or while tainted (all that reaches outside does). */
type Asking<Scope extends string, Cap> =
  | Destroys<Scope, Cap>
  | (Reads<Scope, Cap, "outside"> & Partial<Asks>)
  | (Writes<Scope, Cap, "outside"> & Asks)
  | ((Reads<Scope, Cap, "nothing" | "own-account"> | Writes<Scope, Cap, "nothing" | "own-account">) & Asks);
/** Rules that never do. One that writes says so. */
type Silent<Scope extends string, Cap> =
  | (Reads<Scope, Cap, "nothing" | "own-account"> & { readonly approval?: never })
  | (Writes<Scope, Cap, "nothing" | "own-account"> & { readonly approval: "never" });

type PlanWhenAsked<PlanCap> = [PlanCap] extends [NoPlan]
  ? { readonly plan?: "the tool has no plan: write one in defineTool, or drop this word" }
  : { readonly plan: Capability<"read", PlanCap> };
type PlanUnasked<PlanCap> = [PlanCap] extends [NoPlan]
  ? { readonly plan?: "this rule never asks, so nobody would read a plan: drop this word" }
  : { readonly plan: "this rule never asks, so nobody would read the tool's plan: say when it asks, or drop the plan" };

export type ToolWords<Scope extends string, Cap, PlanCap> =
  | (Asking<Scope, Cap> & PlanWhenAsked<PlanCap>)
  | (Silent<Scope, Cap> & PlanUnasked<PlanCap>);
