// The words of a rule, closed by type: every word whose omission would be permissive is required, and words that do not go
// together do not compile. Types only.

import type { Budget, Reach } from "../gate/rule.ts";
import type { NoPlan } from "../gate/tool.ts";
import type { Capability } from "./capability.ts";

interface Words<Scope extends string, Reaches extends Reach> {
  readonly scope: Scope;
  /** `untrusted`: others wrote what it returns. */
  readonly output: "own" | "untrusted";
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
  readonly approval?: "a rule that destroys always asks: drop this word";
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

/** A plan is for the user who is asked, so a tool that has one is in a rule that asks. */
type Planned<Scope extends string, Cap, PlanCap> = (Asking<Scope, Cap> | SilentPlan<Scope, Cap>) & {
  readonly plan: Capability<"read", PlanCap>;
};
/** What the compiler shows where a rule with a plan never asks; kit.ts refuses the word. */
type SilentPlan<Scope extends string, Cap> = (
  | Reads<Scope, Cap, "nothing" | "own-account">
  | Writes<Scope, Cap, "nothing" | "own-account">
) & { readonly approval: "the tool has a plan, so its rule asks: say when, or drop the plan" };

export type ToolWords<Scope extends string, Cap, PlanCap> = [PlanCap] extends [NoPlan]
  ? (Asking<Scope, Cap> | Silent<Scope, Cap>) & {
      readonly plan?: "the tool has no plan: write one in defineTool, or drop this word";
    }
  : Planned<Scope, Cap, PlanCap>;
