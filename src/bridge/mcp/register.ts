// Policy rules as an MCP server, for both SDKs' low-level servers: what `tools/list` shows this principal, and what
// `tools/call` does with a ticket. Lists depend on the principal and arguments stay as they came, so `registerTool` of the
// SDKs is not used anywhere.

import { listed } from "../gate/decide.ts";
import type { Policy, Rule } from "../gate/rule.ts";
import { type RunPorts, run } from "../gate/run.ts";
import type { GateResult } from "../gate/ticket.ts";
import { logOutcome } from "../log.ts";
import { type ObjectSchema, schemaOf } from "../schemas/schema.ts";
import { type ToolResult, toolResult } from "./wire.ts";

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

/** The tools this user could hold with this client. A model never calls what it cannot see, so locked ones are shown. */
export function listTools<Host>(policy: Policy<Host>, { principal, blocked }: GateResult): ListedTool[] {
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
  const asks = approval === "always" ? " (Each call waits for the user's approval.)" : "";
  const lock = locked ? ` (Locked: calling it asks the user for the scope ${scope}.)` : "";
  return description + asks + lock;
}

/** Hints are derived from the rule, so that they cannot lie about it. */
export function annotationsOf({
  effect,
  reaches,
  destructive,
}: Pick<Rule<never>, "effect" | "reaches" | "destructive">): ListedTool["annotations"] {
  return {
    readOnlyHint: effect === "read",
    destructiveHint: destructive,
    idempotentHint: effect === "read",
    openWorldHint: reaches === "outside",
  };
}

/** Runs a `tools/call`. `params` are the SDK's, and the ticket in the gate's result must fit them exactly. */
export async function callTool<Host>(
  params: { readonly name: string; readonly arguments?: Record<string, unknown> | undefined },
  gated: GateResult,
  request: string,
  ports: RunPorts<Host>,
): Promise<ToolResult> {
  const call = { tool: params.name, args: params.arguments ?? {} };
  const result = await run(call, gated, ports);
  const { outcome } = result;
  if (outcome === "timeout" || outcome === "no-ticket") {
    // A made-up name is the caller's text.
    logOutcome(request, Object.hasOwn(ports.policy, call.tool) ? call.tool : "(unknown)", outcome);
  }
  return toolResult(result, request);
}
