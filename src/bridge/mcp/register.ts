// Policy rows as an MCP server, for both SDKs' low-level servers: what `tools/list` shows this principal, and what
// `tools/call` does with a ticket. Lists depend on the principal and arguments stay as they came, so `registerTool` of the
// SDKs is not used anywhere.

import * as z from "zod";
import { listed } from "../gate/decide.ts";
import type { Policy, Rule } from "../gate/rule.ts";
import { type RunPorts, run } from "../gate/run.ts";
import type { Pass } from "../gate/ticket.ts";
import { type ToolResult, toolResult } from "./wire.ts";

type ObjectSchema = { type: "object" } & Record<string, unknown>;

interface ListedTool {
  [key: string]: unknown;
  name: string;
  title: string;
  description: string;
  inputSchema: ObjectSchema;
  outputSchema: ObjectSchema;
  annotations: { readOnlyHint: boolean; destructiveHint: boolean; idempotentHint: boolean; openWorldHint: boolean };
  _meta: Record<string, unknown>;
}

/** The tools this person could hold with this client. A model never calls what it cannot see, so locked ones are shown. */
export function listTools<Host>(policy: Policy<Host>, { principal, blocked }: Pass): ListedTool[] {
  const shown = listed(policy, principal).filter(({ name }) => !blocked.includes(name));
  return shown.map(({ name, rule, locked }) => ({
    name,
    title: rule.title,
    description: describe(rule, locked),
    inputSchema: schemaOf(rule, "input"),
    outputSchema: schemaOf(rule, "output"),
    annotations: annotationsOf(rule),
    _meta: { "drawbridge/scope": rule.scope, "drawbridge/locked": locked },
  }));
}

function describe<Host>({ description, scope, approval }: Rule<Host>, locked: boolean): string {
  const asks = approval === "always" ? " (Each call waits for your person's approval.)" : "";
  const lock = locked ? ` (Locked: calling it asks your person for the scope ${scope}.)` : "";
  return description + asks + lock;
}

/** Hints are derived from the row, so that they cannot lie about it. */
export function annotationsOf({ effect, egress }: Pick<Rule<never>, "effect" | "egress">): ListedTool["annotations"] {
  return {
    readOnlyHint: effect === "read",
    destructiveHint: effect !== "read",
    idempotentHint: effect === "read",
    openWorldHint: egress,
  };
}

/** Runs a `tools/call`. `params` are the SDK's, and the ticket in the pass must fit them exactly. */
export async function callTool<Host>(
  params: { readonly name: string; readonly arguments?: Record<string, unknown> | undefined },
  pass: Pass,
  request: string,
  ports: RunPorts<Host>,
): Promise<ToolResult> {
  const call = { tool: params.name, args: params.arguments ?? {} };
  return toolResult(await run(call, pass, ports), request);
}

const schemas = new WeakMap<object, ObjectSchema>();

/** The JSON Schema (2020-12) of a row's input or output; made once. */
export function schemaOf<Host>(rule: Rule<Host>, io: "input" | "output"): ObjectSchema {
  const known = schemas.get(rule[io]);
  if (known !== undefined) return known;
  const { $schema: _, ...made } = z.toJSONSchema(rule[io], { io });
  if (made.type !== "object") throw new TypeError("a tool's input and output are objects");
  const schema = { ...made, type: "object" } as const;
  schemas.set(rule[io], schema);
  return schema;
}
