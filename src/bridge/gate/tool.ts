// What a tool is: words for the model, a strict input, an output, and a function that is handed arguments and one
// capability. A tool never says who may call it; its rule in policy.ts does. Pure.

import type * as z from "zod";
import type { Plan } from "./approval.ts";

/** What a tool without a plan has in the place of its plan's capability. */
export type NoPlan = { readonly "this tool has no plan": never };

export interface Tool<Input extends z.ZodObject, Output extends z.ZodObject, Capability, PlanCapability = NoPlan> {
  /** For users. */
  readonly title: string;
  /** For the model: what it does, nothing else. */
  readonly description: string;
  /** A `z.strictObject`: an argument that is not named here is refused. */
  readonly input: Input;
  /** A `z.object`: a field that is not named here never leaves. */
  readonly output: Output;
  /** Arguments that make sense: tests call the tool with them, and a reader sees what it takes. */
  readonly example: NoInfer<z.input<Input>>;
  /** @throws ToolError with words for the caller; any other exception reaches the caller only as an id. */
  readonly run: (
    args: z.output<Input>,
    capability: Capability,
    signal: AbortSignal,
  ) => Promise<z.input<Output>> | z.input<Output>;
  /** What `run` would do, in words for the user who is asked to approve it. Its capability reads only. */
  readonly plan?: (args: z.output<Input>, capability: PlanCapability) => Promise<Plan>;
}

/** Declares a tool. The capability type is what `run` says it needs; the policy rule must bind one that fits. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject, Capability, PlanCapability = NoPlan>(
  tool: Tool<Input, Output, Capability, PlanCapability>,
): Tool<Input, Output, Capability, PlanCapability> {
  return tool;
}

const QUOTES = /[\p{Pi}\p{Pf}"„‚〝〞〟＂「」『』]/gu;

/** A stranger's text in a plan's words: it cannot end its quotation marks and go on as ours. */
export function quote(text: string): string {
  return `“${text.replace(QUOTES, "’")}”`;
}

/** An expected failure, in words the caller may read: "no such note". Put nothing in it that the caller may not know. */
export class ToolError extends Error {}
