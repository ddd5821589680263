// One JSON-RPC message out of a request body, parsed strictly and once. What passes here is re-serialised for the transport, so
// no second parser can read it differently. Pure.

import * as z from "zod";
import type { Call } from "../gate/decide.ts";
import type { Undecidable } from "../gate/denial.ts";

const MAX_DEPTH = 32;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

const ID = z.union([z.string().max(256), z.int()]);
const MESSAGE = z
  .object({
    jsonrpc: z.literal("2.0"),
    id: ID.optional(),
    method: z.string().min(1).max(128).optional(),
    params: z.record(z.string(), z.unknown()).optional(),
    result: z.unknown().optional(),
    error: z.unknown().optional(),
  })
  .refine(
    (message) =>
      message.method !== undefined || (message.id !== undefined && ("result" in message || "error" in message)),
  );

export type Message = z.infer<typeof MESSAGE>;
export type MessageId = z.infer<typeof ID>;

/** JSON-RPC 2.0 §5.1 codes: not JSON at all, or JSON that is no single message. */
export type Malformed = {
  readonly malformed: -32700 | -32600;
  readonly words: string;
  /** The id that an answer names, where it can be read for certain. */
  readonly id?: MessageId | undefined;
};

/** What an answer to this message names: nothing, unless it is a request. */
export function requestIdOf({ id, method }: Message): MessageId | undefined {
  return method === undefined ? undefined : id;
}

export function parseMessage(text: string): { readonly message: Message } | Malformed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { malformed: -32700, words: "The body is not JSON." };
  }
  if (Array.isArray(value)) return invalid("Batches are not accepted: send one message per request.");
  const keys = countKeys(value, 0);
  const id = readableId(value, text);
  if (keys === "deep") return invalid(`The message is nested deeper than ${MAX_DEPTH} levels.`, id);
  if (keys === "forbidden") return invalid("The message has a key that is not allowed.", id);
  if (keys === "infinite") return invalid("The message has a number that is too large.", id);
  if (keys !== keysInText(text).length) return invalid("The message has the same key twice.", id);
  const parsed = MESSAGE.safeParse(value);
  if (parsed.success) return { message: withoutTask(parsed.data) };
  return invalid("The body is not one JSON-RPC 2.0 message.", id);
}

const READABLE = z.object({ id: z.union([z.string(), z.number().refine(isExact)]), method: z.unknown() });

/** Of what is no valid message. An id that stands twice, or that a parser may have rounded, is none; a response has none of its own. */
function readableId(value: unknown, text: string): MessageId | undefined {
  const read = READABLE.safeParse(value);
  if (!read.success || read.data.method === undefined) return undefined;
  const twice = keysInText(text).filter((key) => JSON.parse(key) === "id").length > 1;
  return twice ? undefined : read.data.id;
}

function isExact(id: number): boolean {
  return Number.isSafeInteger(id) || !Number.isInteger(id);
}

/** Who does not offer tasks ignores them (MCP 2025-11-25, tasks); one of the transports would refuse, after the gate. */
function withoutTask({ params, ...message }: Message): Message {
  if (params === undefined) return message;
  const { task: _, ...rest } = params;
  return { ...message, params: rest };
}

/** Every string that a colon follows is a key; a key that stands twice in one object is lost in parsing. `text` is JSON. */
function keysInText(text: string): readonly string[] {
  const keys: string[] = [];
  for (const [, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*(:)?/g)) {
    if (colon !== undefined && string !== undefined) keys.push(string);
  }
  return keys;
}

function invalid(words: string, id?: MessageId): Malformed {
  return { malformed: -32600, words, id };
}

function countKeys(value: unknown, depth: number): number | "deep" | "forbidden" | "infinite" {
  // JSON.parse makes Infinity of 1e999, and JSON.stringify null of that: what was approved would not be what runs.
  if (typeof value === "number" && !Number.isFinite(value)) return "infinite";
  if (typeof value !== "object" || value === null) return 0;
  if (depth >= MAX_DEPTH) return "deep";
  let count = 0;
  for (const [key, member] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) return "forbidden";
    const inner = countKeys(member, depth + 1);
    if (typeof inner === "string") return inner;
    count += inner + (Array.isArray(value) ? 0 : 1);
  }
  return count;
}

/** MCP `ClientCapabilities`, as far as it matters here: whether the client shows its user links (URL elicitation). */
const SHOWS_LINKS = z.object({ elicitation: z.object({ url: z.record(z.string(), z.unknown()) }) });

/** What a 2025 client says of itself in `initialize`. */
export function openerShowsLinks({ params }: Message): boolean {
  return SHOWS_LINKS.safeParse(params?.["capabilities"]).success;
}

const ENVELOPE = z.object({ "io.modelcontextprotocol/clientCapabilities": SHOWS_LINKS });

/**
 * What a 2026-07-28 client says of itself in this request. Not when it answers an elicitation (SEP-2322): the link was shown then,
 * and clients that answer at once would be sent round in circles. Its answer itself is never read.
 */
export function callerShowsLinks({ params }: Message): boolean {
  return ENVELOPE.safeParse(params?.["_meta"]).success && params?.["inputResponses"] === undefined;
}

const CALL_PARAMS = z.object({
  name: z.string().min(1).max(128),
  arguments: z.record(z.string(), z.unknown()).default({}),
  // Read by nobody here; but a transport refuses odd ones, and by then the call would be admitted and its approval used up.
  inputResponses: z.record(z.string(), z.unknown()).optional(),
  requestState: z.string().optional(),
});

/** The call that a message makes, undefined when it names no rule, or why nobody can say which. */
export function callOf(message: Message): Call | undefined | Undecidable {
  // Every list is given whole, so no cursor is one of ours (MCP, pagination).
  if (message.method?.endsWith("/list") && message.params?.["cursor"] !== undefined) {
    return { status: 200, code: -32602, words: "This cursor is not one of this bridge. Ask for the list without one." };
  }
  if (message.method !== "tools/call") return undefined;
  if (message.id === undefined) return odd("tools/call wants an answer, so it needs an id.");
  const params = CALL_PARAMS.safeParse(message.params);
  if (!params.success) return odd("The parameters of tools/call are not valid.");
  return { tool: params.data.name, args: params.data.arguments };
}

function odd(words: string): Undecidable {
  return { status: 400, code: -32602, words };
}

/** What a message names, decidable or not. */
export function nameOf({ method, params }: Message): string | undefined {
  if (method !== "tools/call") return undefined;
  return typeof params?.["name"] === "string" ? params["name"] : "";
}

const VERSION = "io.modelcontextprotocol/protocolVersion";

export interface Versions {
  readonly header: string | undefined;
  /** What a request of 2026-07-28 says in `_meta`; undefined for one of 2025. */
  readonly claimed: string | undefined;
}

/** The protocol version that a request says it is of: in its envelope (2026-07-28), or in its header, which `initialize` has not. */
export function versionsOf(headers: Headers, message: Message | undefined): Versions {
  const envelope = z.object({ [VERSION]: z.string() }).safeParse(message?.params?.["_meta"]);
  const claimed = envelope.success ? [envelope.data[VERSION]] : [];
  const header = headers.get("mcp-protocol-version");
  const opening = message?.method === "initialize" && claimed.length === 0;
  return { header: header === null || opening ? undefined : header, claimed: claimed[0] };
}
