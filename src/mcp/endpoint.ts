// /mcp after the token was verified: message → gate → lane. What is refused is refused here, before a lane has begun to
// answer, where HTTP statuses still exist. Lanes are chosen by the era of the message, on one URL.

import { isLegacyRequest } from "@modelcontextprotocol/server";
import type { Where } from "../authz/event.ts";
import { type GateResult, type Incoming, passCall, passMessage } from "../authz/gate.ts";
import type { Principal } from "../authz/principal.ts";
import type { Refusal } from "../authz/refusal.ts";
import type { Pass } from "../authz/ticket.ts";
import type { Bindings, Settings } from "../env.ts";
import { serveSession } from "./mcp-agent.ts"; // lane: McpAgent
import { callOf, type Message, type MessageId, parseMessage } from "./message.ts";
import { createGatePorts } from "./ports.ts";
import { openSession } from "./session.ts"; // lane: McpAgent
import { headersAgree, serveStateless } from "./stateless.ts"; // lane: stateless
import { errorResponse, refusalResponse } from "./wire.ts";

/** One request to the endpoint, its caller verified. */
export interface Visit {
  readonly request: Request;
  readonly principal: Principal;
  readonly requestId: string;
  readonly where: Where;
  readonly env: Bindings;
  readonly settings: Settings;
  readonly ctx: ExecutionContext;
  /** Refusals whose answer is an OAuth challenge; the resource server builds those. */
  readonly challenge: (refusal: Extract<Refusal, { reason: "missing-scope" | "grant-ended" }>, id: MessageId | null) => Response;
}

/** What a lane is given: a request that the gate has passed. */
export interface LaneRequest {
  readonly request: Request;
  /** Undefined for DELETE. */
  readonly message: Message | undefined;
  readonly incoming: Incoming;
  readonly pass: Pass;
}

export async function serveMcp(visit: Visit): Promise<Response> {
  if (visit.request.method !== "POST") return serveWithoutBody(visit);
  if (!isJson(visit.request)) return errorResponse(415, -32600, "Content-Type must be application/json.", null);
  const parsed = parseMessage(await visit.request.text());
  if ("malformed" in parsed) return errorResponse(400, parsed.malformed, parsed.words, null);
  const { message } = parsed;
  const bare = new Request(visit.request.url, { method: "POST", headers: visit.request.headers });
  const legacy = await isLegacyRequest(bare, message);
  return legacy ? serveLegacy(visit, message) : serveModern(visit, message);
}

/** 2026-07-28. A session id on such a request is ignored (SEP-2567). */
async function serveModern(visit: Visit, message: Message): Promise<Response> {
  // Lists change with a deploy and nothing else is published, so there is nothing to subscribe to and no stream to hold open.
  if (message.method === "subscriptions/listen") return errorResponse(404, -32601, "Method not found", message.id ?? null);
  const call = callOf(message);
  if (call !== undefined && "malformed" in call) return errorResponse(400, -32602, call.words, message.id ?? null);
  const agreed = headersAgree(visit.request.headers, message.method, call?.tool);
  const incoming = incomingOf(visit, null);
  const ports = createGatePorts(visit.env, visit.principal.subject);
  const gate = call !== undefined && agreed ? await passCall(call, incoming, ports) : await passMessage(incoming, ports);
  if (gate.refusal !== undefined) return refuse(visit, gate.refusal, message.id ?? null, { resultType: "complete" });
  return serveStateless({ request: visit.request, message, incoming, pass: gate.pass }, visit.env, visit.settings, visit.ctx);
}

/** 2025-era: a session is opened by `initialize` and named in every later request. */
async function serveLegacy(visit: Visit, message: Message): Promise<Response> {
  const id = message.id ?? null;
  const outer = visit.request.headers.get("mcp-session-id");
  const opening = message.method === "initialize";
  if (opening && outer !== null) return errorResponse(400, -32600, "initialize opens a session and must not name one.", id);
  if (!opening && outer === null) return errorResponse(400, -32600, "Mcp-Session-Id is missing. Start a session with initialize.", id);
  const session = outer === null ? null : await openSession(visit.settings, outer, visit.principal);
  if (session === undefined) return refusalResponse({ reason: "session-ended" }, id);
  const call = callOf(message);
  if (call !== undefined && "malformed" in call) return errorResponse(400, -32602, call.words, id);

  const incoming = incomingOf(visit, session);
  const ports = createGatePorts(visit.env, visit.principal.subject);
  const gate: GateResult = call === undefined ? await passMessage(incoming, ports) : await passCall(call, incoming, ports);
  if (gate.refusal !== undefined) return refuse(visit, gate.refusal, id);
  return serveSession({ request: visit.request, message, incoming, pass: gate.pass }, visit.env, visit.settings, visit.ctx);
}

/**
 * DELETE ends a live session. GET would open a stream, and there is none: this bridge sends nothing unasked, an open stream
 * would keep a session's object awake, and what is not open need not be ended by a revocation (2025-11-25 allows 405).
 */
async function serveWithoutBody(visit: Visit): Promise<Response> {
  const outer = visit.request.headers.get("mcp-session-id");
  if (outer === null) return noStream();
  const session = await openSession(visit.settings, outer, visit.principal);
  if (session === undefined) return refusalResponse({ reason: "session-ended" }, null);
  const incoming = incomingOf(visit, session);
  const gate = await passMessage(incoming, createGatePorts(visit.env, visit.principal.subject));
  if (gate.refusal !== undefined) return refuse(visit, gate.refusal, null);
  if (visit.request.method === "GET") return noStream();
  const lane = { request: visit.request, message: undefined, incoming, pass: gate.pass };
  return serveSession(lane, visit.env, visit.settings, visit.ctx);
}

function noStream(): Response {
  return errorResponse(405, -32600, "Use POST.", null, { allow: "POST, DELETE" });
}

function refuse(visit: Visit, refusal: Refusal, id: MessageId | null, mark: Readonly<Record<string, string>> = {}): Response {
  if (refusal.reason === "missing-scope" || refusal.reason === "grant-ended") return visit.challenge(refusal, id);
  return refusalResponse(refusal, id, mark);
}

function incomingOf({ principal, requestId, where }: Visit, session: string | null): Incoming {
  return { principal, request: requestId, where, session };
}

function isJson(request: Request): boolean {
  return /^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "");
}
