// /mcp after the token was verified: message → gate → transport. What is refused is refused here, before a transport has begun to
// answer, where HTTP statuses still exist. Transports are chosen by the protocol version of the message, on one URL.

import * as z from "zod";
import type { AppHost } from "../app/store.ts";
import type { Denial, Undecidable } from "../gate/denial.ts";
import { denyMessage, denySession, type GatePorts, gateCall, gateMessage, type Incoming } from "../gate/gate.ts";
import type { Principal } from "../gate/principal.ts";
import { ruleOf } from "../gate/rule.ts";
import type { Where } from "../gate/where.ts";
import { noteCause } from "../log.ts";
import type { RequestContext } from "../request/context.ts";
import { schemaOf } from "../schemas/schema.ts";
import { visible } from "../text/visible.ts";
import { ACCEPT_BOTH, answerAs, readsOf } from "./accept.ts";
import {
  callerShowsLinks,
  callOf,
  type Message,
  type MessageId,
  nameOf,
  parseMessage,
  requestIdOf,
  versionsOf,
} from "./message.ts";
import { parameterMismatch } from "./mirrored.ts";
import { createGatePorts } from "./ports.ts";
import { type SessionHandler, spokenVersions, type TransportHandler, type TransportHandlers } from "./transports.ts";
import { denialResponse, errorResponse, type Reply, wordsOnly } from "./wire.ts";

/** One request to the endpoint, its caller verified. */
export interface Visit {
  readonly request: Request;
  readonly context: RequestContext;
  readonly principal: Principal;
  readonly where: Where;
  readonly handlers: TransportHandlers;
  /** Denials whose answer is an OAuth challenge; the resource server builds those. */
  readonly challenge: (denial: Challenged, id: MessageId | undefined) => Response;
}

export type Challenged = Extract<Denial, { reason: "missing-scope" | "grant-ended" }>;

export async function serveMcp(visit: Visit): Promise<Response> {
  const { request, handlers } = visit;
  if (request.method !== "POST") {
    const unspoken = unspokenVersion(request.headers, undefined, handlers);
    if (unspoken !== undefined) return errorResponse(400, unspoken.code, unspoken.words, undefined);
    return handlers.sessions === undefined ? notAllowed("POST") : serveSession(visit, undefined, handlers.sessions);
  }
  if (!isJson(request)) return errorResponse(415, -32600, "Content-Type must be application/json.", undefined);
  const parsed = parseMessage(await request.text());
  if ("malformed" in parsed) return errorResponse(400, parsed.malformed, parsed.words, parsed.id);
  const id = requestIdOf(parsed.message);
  const reads = readsOf(request.headers.get("accept"));
  if (reads === "none") return errorResponse(406, -32000, `Accept must allow ${ACCEPT_BOTH}, or one of the two.`, id);
  return answerAs(reads, await withId(await serveMessage(visit, parsed.message), id));
}

async function serveMessage(visit: Visit, message: Message): Promise<Response> {
  const { request, handlers } = visit;
  const unspoken = unspokenVersion(request.headers, message, handlers);
  if (unspoken !== undefined) return undecidable(visit, message, unspoken);
  const version = handlers.stateless?.route(request, message) ?? "legacy";
  if (typeof version === "object") return undecidable(visit, message, version);
  if (handlers.stateless !== undefined && version === "modern") return serveModern(visit, message, handlers.stateless);
  if (handlers.sessions !== undefined) return serveSession(visit, message, handlers.sessions);
  if (handlers.sessionless !== undefined) return throughGate(visit, message, handlers.sessionless);
  const none = request.headers.get("mcp-protocol-version") ?? "none";
  return undecidable(visit, message, versionRefused(none, spokenVersions(handlers)));
}

/** A version that no transport speaks. All that are spoken are named, so that the client knows what to fall back to. */
function unspokenVersion(
  headers: Headers,
  message: Message | undefined,
  handlers: TransportHandlers,
): Undecidable | undefined {
  const { header, claimed } = versionsOf(headers, message);
  // SEP-2243: before anything is made of either.
  if (header !== undefined && claimed !== undefined && header !== claimed) {
    return { status: 400, code: -32020, words: "MCP-Protocol-Version and _meta name different versions." };
  }
  const spoken = spokenVersions(handlers);
  const unspoken = [header, claimed].find((version) => version !== undefined && !spoken.includes(version));
  // As `server/discover` has it: versions of 2025 are negotiated by initialize (SEP-2575).
  const supported = claimed === undefined ? spoken : (handlers.stateless?.versions ?? spoken);
  return unspoken === undefined ? undefined : versionRefused(unspoken, supported);
}

function versionRefused(requested: string, supported: readonly string[]): Undecidable {
  const words = `This protocol version is not spoken here: ${supported.join(", ")} are.`;
  return { status: 400, code: -32022, words, data: { supported, requested: visible(requested.slice(0, 64)) } };
}

/** A transport leaves `null` where it could not read an id. */
async function withId(answer: Response, id: MessageId | undefined): Promise<Response> {
  const { status, headers } = answer;
  if (status < 400 || !(headers.get("content-type") ?? "").startsWith("application/json")) return answer;
  const error = ERROR.safeParse(await answer.clone().json());
  return error.success ? Response.json({ ...error.data, id }, { status, headers }) : answer;
}

const ERROR = z.looseObject({ jsonrpc: z.literal("2.0"), id: z.null() });

/** 2026-07-28. A session id on such a request is ignored (SEP-2567). */
async function serveModern(visit: Visit, message: Message, handler: TransportHandler): Promise<Response> {
  const mismatch = mirroredWrongly(visit, message);
  if (mismatch !== undefined) return undecidable(visit, message, mismatch);
  const links = callerShowsLinks(message) ? "elicitation-2026" : "words";
  const reply = { ...wordsOnly(visit.context), mark: { resultType: "complete" }, links, unknownMethod: 404 } as const;
  return throughGate(visit, message, handler, { reply });
}

/** Whether `Mcp-Param-*` says what the arguments say, of a tool that this user may see. */
function mirroredWrongly({ request, principal, context }: Visit, message: Message): Undecidable | undefined {
  const rule = ruleOf(context.app.policy, nameOf(message) ?? "");
  if (rule === undefined || !principal.entitled.includes(rule.scope)) return undefined;
  return parameterMismatch(request.headers, message.params?.["arguments"], schemaOf(rule, "input"));
}

/** Denied at the gate, so that the log has it. */
async function undecidable(visit: Visit, message: Message | undefined, why: Undecidable): Promise<Response> {
  const tool = message === undefined ? undefined : nameOf(message);
  const denial = await denyMessage(tool, why, incomingOf(visit, null), portsOf(visit));
  return refuse(visit, denial, message === undefined ? undefined : requestIdOf(message));
}

/**
 * 2025: a session is opened by `initialize`, named in every later request, and ended by DELETE, which has no message. GET would
 * open a stream, and there is none: this bridge sends nothing unasked, an open stream would keep a session's object awake, and
 * what is not open need not be ended by a revocation (2025-11-25 allows 405).
 */
async function serveSession(visit: Visit, message: Message | undefined, handler: SessionHandler): Promise<Response> {
  const { request, principal, context } = visit;
  const id = message === undefined ? undefined : requestIdOf(message);
  const outer = request.headers.get("mcp-session-id");
  if (message?.method === "initialize" && message.id !== undefined) {
    if (outer === null) return throughGate(visit, message, handler);
    return errorResponse(400, -32600, "initialize must not name a session.", id);
  }
  if (outer === null && message === undefined) return notAllowed("POST");
  if (outer === null) {
    const missing = "Mcp-Session-Id is missing. Start with initialize.";
    return handler.check?.(request, message) ?? errorResponse(400, -32600, missing, id);
  }
  const session = await handler.open(context.settings, outer, principal);
  if (session === undefined) return notYours(visit, id);
  if (request.method === "GET") return throughGate(visit, undefined, NO_STREAM, { session });
  // This bridge asks its clients nothing, so an answer from one belongs to no question.
  const answers = message !== undefined && message.method === undefined;
  return throughGate(visit, message, answers ? TAKEN : handler, { session });
}

const TAKEN: TransportHandler = { versions: [], serve: async () => new Response(null, { status: 202 }) };
const NO_STREAM: TransportHandler = { versions: [], serve: async () => notAllowed("POST, DELETE") };

function notAllowed(allow: string): Response {
  return errorResponse(405, -32600, "Use POST.", undefined, { allow });
}

/** A stolen, altered or made-up session id. No object is made for it but the ledger that its bearer has already. */
async function notYours(visit: Visit, id: MessageId | undefined): Promise<Response> {
  return refuse(visit, await denySession(incomingOf(visit, null), portsOf(visit)), id);
}

interface GateOptions {
  /** The inner session id. */
  readonly session?: string;
  readonly reply?: Reply;
}

/** Into the transport with what the gate gave. */
async function throughGate(
  visit: Visit,
  message: Message | undefined,
  handler: TransportHandler,
  { session, reply }: GateOptions = {},
): Promise<Response> {
  const { request, context } = visit;
  const id = message === undefined ? undefined : requestIdOf(message);
  const call = message === undefined ? undefined : callOf(message);
  if (call !== undefined && "code" in call) return undecidable(visit, message, call);
  const unfit = handler.check?.(request, message);
  if (unfit !== undefined) return unfit;

  const incoming = incomingOf(visit, session ?? null);
  const ports = portsOf(visit);
  const gate =
    call === undefined ? await gateMessage(message?.method, incoming, ports) : await gateCall(call, incoming, ports);
  if (gate.denial !== undefined) return refuse(visit, gate.denial, id, reply);
  return handler.serve({ request, message, incoming, gated: gate.gated, context });
}

function incomingOf({ principal, context, where }: Visit, session: string | null): Incoming {
  return { principal, request: context.requestId, where, session };
}

function portsOf({ context, principal }: Visit): GatePorts<AppHost> {
  return createGatePorts(context.app, context.env, principal.subject, context.requestId, context.settings);
}

function refuse(
  visit: Visit,
  denial: Denial,
  id: MessageId | undefined,
  reply: Reply = wordsOnly(visit.context),
): Response {
  noteCause(denial.reason);
  if (denial.reason === "grant-ended") return visit.challenge(denial, id);
  if (denial.reason === "missing-scope" && !denial.again) return visit.challenge(denial, id);
  // A session's client said so when the session began; the ledger remembered.
  const asked = denial.reason === "approval-required" && denial.showsLinks;
  return denialResponse(denial, id, asked ? { ...reply, links: "elicitation-2025" } : reply);
}

function isJson(request: Request): boolean {
  return /^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "");
}
