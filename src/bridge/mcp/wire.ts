// What a caller learns: the one place where denials and run results become HTTP statuses, JSON-RPC errors and words. The
// switches have no default, so a reason that is not on the wire does not compile. Pure.

import type { Denial } from "../gate/denial.ts";
import type { RunResult } from "../gate/run.ts";
import type { Catalogue, Scope } from "../gate/scopes.ts";
import type { Deployment } from "../request/context.ts";
import { carriesRedacted, REDACTED, REDACTED_NOTICE } from "../text/redact.ts";
import { plainAnswer } from "../text/visible.ts";
import type { MessageId } from "./message.ts";

/** A tool result in the shape of MCP `CallToolResult`, both protocol versions. */
export interface ToolResult {
  [key: string]: unknown;
  content: { type: "text"; text: string; annotations?: { audience: ["assistant"] } }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
  _meta?: Record<string, unknown>;
}

/** How an answer is dressed for the client that gets it. */
export interface Reply {
  /** Where this bridge is: what its links begin with. */
  readonly origin: string;
  /** What the protocol version wants on every result. */
  readonly mark: Readonly<Record<string, string>>;
  /** Who shows a link to the user: the model, told in `words`, or the client, by URL elicitation as its protocol version spells it. */
  readonly links: "words" | "elicitation-2025" | "elicitation-2026";
  /** HTTP status of an unknown method: 404 in 2026-07-28. */
  readonly unknownMethod: 200 | 404;
  /** What a scope is called where the user ticks it. */
  readonly scopes: Catalogue;
}

/** For a client of which nothing is known. */
export function wordsOnly({ settings, app }: Pick<Deployment, "settings" | "app">): Reply {
  return { origin: settings.publicUrl.origin, mark: {}, links: "words", unknownMethod: 200, scopes: app.scopes };
}

/** MCP 2025-11-25 `URLElicitationRequiredError`: the client shows each link to its user, then repeats the request. */
const URL_ELICITATION_REQUIRED = -32042;

/** MCP 2026-07-28 `InputRequiredResult`: the same without an error. No requestState: what a client sends back proves nothing. */
interface InputRequired {
  readonly resultType: "input_required";
  readonly inputRequests: Readonly<Record<string, unknown>>;
}

type DenialAnswer =
  | {
      readonly status: number;
      readonly retryAfter?: number;
      readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
    }
  /** Answered like a tool that failed, so that the model reads the words; or what the client has to do first. */
  | { readonly status: 200; readonly result: ToolResult | InputRequired };

/** RFC 6750 §3.1 `insufficient_scope` names every scope the new grant must carry, because it replaces the old one. */
export function scopesToAsk(
  denial: Extract<Denial, { reason: "missing-scope" }>,
  { baseline }: Catalogue,
): readonly Scope[] {
  return [...new Set([...baseline, ...denial.held, denial.needed])];
}

function denialAnswer(denial: Denial, reply: Reply): DenialAnswer {
  switch (denial.reason) {
    case "unknown-tool":
      return rpcError(200, -32602, "Unknown tool. tools/list shows the tools there are.");
    case "missing-scope":
      if (denial.again) return toolError(missingScopeWords(denial.needed, reply.scopes));
      return rpcError(403, -32001, missingScopeWords(denial.needed, reply.scopes));
    case "invalid-arguments":
      return toolError(`These arguments do not fit the tool, and nothing was done. ${denial.detail}`);
    case "redacted-arguments":
      return toolError(
        `The arguments carry the mark ${REDACTED}. It stands for a secret that the bridge keeps from you, and writing it would destroy the secret. Nothing was done. Leave out what holds the mark, or ask the user to make this change.`,
      );
    case "unknown-method":
      return rpcError(reply.unknownMethod, -32601, "Method not found");
    case "invalid-message": {
      const { status, code, words, data } = denial;
      return { status, error: { code, message: words, data } };
    }
    case "approval-required":
      return approvalAnswer(denial, reply);
    case "approval-refused":
      return toolError(
        `The user declined this call. Do not retry it. Nothing was done. (The user is not asked about it again for ${denial.retryAfter} seconds.)`,
      );
    case "too-many-asks":
      return toolError(
        "Too many calls of this connection wait for the user's approval already. Ask them to decide those first, at the links you were given. Nothing was done.",
      );
    case "grant-ended":
      return rpcError(401, -32001, "This connection was ended. Connect again to go on.");
    case "session-ended":
    case "session-refused":
      return rpcError(404, -32001, "Session not found. Start a new one with initialize.");
    case "over-budget":
      return toolError(
        `This tool's budget for the ${denial.per} is used up. Try again in ${denial.retryAfter} seconds. Nothing was done.`,
      );
    case "loop":
      return toolError(
        `This very call was made again and again. Its answer will not change: do something else, or try again in ${denial.retryAfter} seconds. Nothing was done.`,
      );
    case "frozen":
      return rpcError(403, -32001, "The bridge's operator has stopped everything of this user.");
    case "switched-off":
      return switchedOff(denial.what);
    case "ledger-unreachable":
      return {
        ...rpcError(503, -32603, "The audit ledger cannot be reached, so nothing was done. Try again shortly."),
        retryAfter: 5,
      };
  }
}

function switchedOff(what: Extract<Denial, { reason: "switched-off" }>["what"]): DenialAnswer {
  if (what === "tool") return toolError("The bridge's operator has switched this tool off. Nothing was done.");
  if (what === "writes") return toolError("The bridge is read-only at present. Nothing was done.");
  return { ...rpcError(503, -32603, "The bridge is switched off at present. Try again later."), retryAfter: 60 };
}

const TAINTED =
  " This connection may have been handed text that others wrote in the last 15 minutes, and that text may be what asks for it.";

/** The link names the request and nothing else: anyone who opens it has to sign in as the very user. */
function approvalAnswer(
  { id, expires, tainted }: Extract<Denial, { reason: "approval-required" }>,
  { origin, links }: Reply,
): DenialAnswer {
  const url = `${origin}/approvals/${id}`;
  const because = tainted ? TAINTED : "";
  const words = `This call needs the user's approval.${because} Ask the user to open ${url} and decide; then make the same call again. Nothing was done.`;
  const elicitation = {
    mode: "url",
    url,
    message: `Approve or refuse this call on the bridge's own page.${because}`,
  } as const;
  switch (links) {
    case "words":
      return toolError(words, {
        _meta: { "drawbridge/approval": { url, expires: new Date(expires).toISOString() } },
      });
    case "elicitation-2025": {
      const elicitations = [{ ...elicitation, elicitationId: id }];
      return { status: 200, error: { code: URL_ELICITATION_REQUIRED, message: words, data: { elicitations } } };
    }
    case "elicitation-2026": {
      const approval = { method: "elicitation/create", params: elicitation } as const;
      return { status: 200, result: { resultType: "input_required", inputRequests: { approval } } };
    }
  }
}

export function missingScopeWords(needed: Scope, scopes: Catalogue): string {
  return `This needs the scope ${needed} (${scopes.entry(needed).may}), which you have not granted. Reconnect and tick "${needed}" on the consent page.`;
}

type Succeeded = Extract<RunResult, { outcome: "ok" }>;
type Failed = Exclude<RunResult, { outcome: "ok" | "no-ticket" }>;

/** With the receipt of its admission. Exceptions never reach the wire; the id of the request does, and the log has the rest under it. */
export function toolResult(result: RunResult, request: string): ToolResult {
  if (result.outcome === "no-ticket") return errorResult("This call was not admitted.");
  const { seq, hash } = result.ticket;
  const receipt = { "drawbridge/audit": { seq, hash } };
  const told =
    result.outcome === "ok"
      ? okResult(result, receipt)
      : { ...errorResult(failureWords(result, request)), _meta: receipt };
  if (!carriesRedacted(told.content)) return told;
  return { ...told, content: [...told.content, { type: "text", text: REDACTED_NOTICE }] };
}

/** What others wrote is for the model to read, not for a client to show as if it came from here; and it is said who wrote it. */
function okResult({ text, sources, output }: Succeeded, receipt: Record<string, unknown>): ToolResult {
  const structuredContent = { ...output };
  if (sources.length === 0) return { ...textResult(text), structuredContent, _meta: receipt };
  return {
    content: [{ type: "text", text, annotations: { audience: ["assistant"] } }],
    structuredContent,
    _meta: { ...receipt, "drawbridge/trust": "untrusted", "drawbridge/sources": sources },
  };
}

function failureWords(result: Failed, request: string): string {
  switch (result.outcome) {
    case "tool-error":
      return result.words;
    case "timeout":
      return "The tool did not end in time. It may have taken effect: look before you call it again.";
    case "cancelled":
      return "The call was cancelled. It may have taken effect.";
    case "failed":
      return `The tool failed (internal error ${request}).`;
    case "bad-output":
      return `The tool's result was not fit to send (internal error ${request}).`;
  }
}

function textResult(text: string): ToolResult {
  return { content: [{ type: "text", text }] };
}

function rpcError(status: number, code: number, message: string): DenialAnswer {
  return { status, error: { code, message } };
}

function errorResult(text: string): ToolResult {
  return { ...textResult(text), isError: true };
}

function toolError(text: string, meta: Pick<ToolResult, "_meta"> = {}): DenialAnswer {
  return { status: 200, result: { ...errorResult(text), ...meta } };
}

/** A JSON-RPC error as an HTTP answer. `id` is left out when none could be read (MCP schema, `JSONRPCErrorResponse`). */
export function errorResponse(
  status: number,
  code: number,
  message: string,
  id: MessageId | undefined,
  headers: HeadersInit = {},
): Response {
  return plainAnswer({ jsonrpc: "2.0", id, error: { code, message } }, { status, headers });
}

/** A denial as an HTTP answer, for callers that expect JSON-RPC. */
export function denialResponse(denial: Denial, id: MessageId | undefined, reply: Reply): Response {
  const answer = denialAnswer(denial, reply);
  if ("result" in answer) return plainAnswer({ jsonrpc: "2.0", id, result: { ...reply.mark, ...answer.result } });
  const headers = answer.retryAfter === undefined ? {} : { "retry-after": String(answer.retryAfter) };
  return plainAnswer({ jsonrpc: "2.0", id, error: answer.error }, { status: answer.status, headers });
}
