// What a caller learns: the one place where refusals and run results become HTTP statuses, JSON-RPC errors and words. The
// switches have no default, so a reason that is not on the wire does not compile. Pure.

import type { Refusal } from "../authz/refusal.ts";
import type { RunResult } from "../authz/run.ts";
import { BASELINE, type Scope, scopes } from "../authz/scopes.ts";
import type { MessageId } from "./message.ts";

/** A tool result in the shape of MCP `CallToolResult`, both eras. */
export interface ToolResult {
  [key: string]: unknown;
  content: { type: "text"; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
  _meta?: Record<string, unknown>;
}

export type RefusalAnswer =
  | {
      readonly status: number;
      readonly retryAfter?: number;
      readonly error: { readonly code: number; readonly message: string };
    }
  /** Answered like a tool that failed, so that the model reads the words. */
  | { readonly status: 200; readonly result: ToolResult };

/** RFC 6750 §3.1 `insufficient_scope` names every scope the new grant must carry, because it replaces the old one. */
export function scopesToAsk(refusal: Extract<Refusal, { reason: "missing-scope" }>): readonly Scope[] {
  return [...new Set([...BASELINE, ...refusal.held, refusal.needed])];
}

export function refusalAnswer(refusal: Refusal): RefusalAnswer {
  switch (refusal.reason) {
    case "unknown-tool":
      return { status: 200, error: { code: -32602, message: "Unknown tool. tools/list shows the tools there are." } };
    case "missing-scope":
      if (refusal.again) return toolError(missingScopeWords(refusal.needed));
      return { status: 403, error: { code: -32001, message: missingScopeWords(refusal.needed) } };
    case "invalid-arguments":
      return toolError(`These arguments do not fit the tool, and nothing was done. ${refusal.detail}`);
    case "approval-required":
      return toolError(
        "This tool destroys data and needs a person's approval, which this bridge cannot ask for yet. Nothing was done.",
      );
    case "grant-ended":
      return { status: 401, error: { code: -32001, message: "This connection was ended. Connect again to go on." } };
    case "session-ended":
    case "session-refused":
      return { status: 404, error: { code: -32001, message: "Session not found. Start a new one with initialize." } };
    case "over-budget":
      return toolError(
        `This tool's budget for the ${refusal.per} is used up. Try again in ${refusal.retryAfter} seconds. Nothing was done.`,
      );
    case "loop":
      return toolError(
        `This very call was made again and again. Its answer will not change: do something else, or try again in ${refusal.retryAfter} seconds. Nothing was done.`,
      );
    case "frozen":
      return { status: 403, error: { code: -32001, message: "The bridge's operator has suspended this account." } };
    case "switched-off":
      return switchedOff(refusal.what);
    case "ledger-unreachable":
      return {
        status: 503,
        retryAfter: 5,
        error: { code: -32603, message: "The audit ledger cannot be reached, so nothing was done. Try again shortly." },
      };
  }
}

function switchedOff(what: Extract<Refusal, { reason: "switched-off" }>["what"]): RefusalAnswer {
  if (what === "tool") return toolError("The bridge's operator has switched this tool off. Nothing was done.");
  if (what === "writes") return toolError("The bridge is read-only at present. Nothing was done.");
  const message = "The bridge is switched off at present. Try again later.";
  return { status: 503, retryAfter: 60, error: { code: -32603, message } };
}

function missingScopeWords(needed: Scope): string {
  return `This needs the scope ${needed} (${scopes[needed].may}), which you have not granted. Reconnect and tick "${needed}" on the consent page.`;
}

/** Exceptions never reach the wire; the id of the request does, and the log has the rest under it. */
export function toolResult(result: RunResult, request: string): ToolResult {
  switch (result.outcome) {
    case "ok":
      return { ...textResult(result.text), structuredContent: { ...result.output }, ...receipt(result) };
    case "tool-error":
      return { ...textResult(result.words), isError: true, ...receipt(result) };
    case "timeout":
      return { ...textResult("The tool took too long and was stopped."), isError: true, ...receipt(result) };
    case "failed":
      return { ...textResult(`The tool failed (internal error ${request}).`), isError: true, ...receipt(result) };
    case "bad-output":
      return {
        ...textResult(`The tool's result was not fit to send (internal error ${request}).`),
        isError: true,
        ...receipt(result),
      };
    case "no-ticket":
      return { ...textResult("This call was not admitted."), isError: true };
  }
}

function receipt({ ticket }: { readonly ticket: { readonly seq: number; readonly hash: string } }): {
  _meta: Record<string, unknown>;
} {
  return { _meta: { "drawbridge/audit": { seq: ticket.seq, hash: ticket.hash } } };
}

function textResult(text: string): ToolResult {
  return { content: [{ type: "text", text }] };
}

function toolError(text: string): RefusalAnswer {
  return { status: 200, result: { ...textResult(text), isError: true } };
}

/** A JSON-RPC error as an HTTP answer. `id` is null when the message could not be read. */
export function errorResponse(
  status: number,
  code: number,
  message: string,
  id: MessageId | null,
  headers: HeadersInit = {},
): Response {
  return Response.json({ jsonrpc: "2.0", id, error: { code, message } }, { status, headers });
}

/** A refusal as an HTTP answer, for callers that expect JSON-RPC. `mark`: what the era wants on every result. */
export function refusalResponse(
  refusal: Refusal,
  id: MessageId | null,
  mark: Readonly<Record<string, string>> = {},
): Response {
  const answer = refusalAnswer(refusal);
  if ("result" in answer) return Response.json({ jsonrpc: "2.0", id, result: { ...mark, ...answer.result } });
  const headers = answer.retryAfter === undefined ? {} : { "retry-after": String(answer.retryAfter) };
  return errorResponse(answer.status, answer.error.code, answer.error.message, id, headers);
}
