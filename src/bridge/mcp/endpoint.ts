// /mcp after the token was verified: message → gate → lane. What is refused is refused here, before a lane has begun to
// answer, where HTTP statuses still exist. Lanes are chosen by the era of the message, on one URL.

import type { AppHost } from "../app/store.ts";
import type { Where } from "../gate/event.ts";
import { type GatePorts, type Incoming, passCall, passMessage, refuseSession } from "../gate/gate.ts";
import type { Principal } from "../gate/principal.ts";
import type { Refusal } from "../gate/refusal.ts";
import type { RequestContext } from "../request/context.ts";

import { callerShowsLinks, callOf, type Message, type MessageId, parseMessage } from "./message.ts";
import { createGatePorts } from "./ports.ts";
import type { Lane, Lanes, SessionLane } from "./transports.ts";
import { errorResponse, type Reply, refusalResponse, wordsOnly } from "./wire.ts";

/** One request to the endpoint, its caller verified. */
export interface Visit {
  readonly request: Request;
  readonly context: RequestContext;
  readonly principal: Principal;
  readonly where: Where;
  readonly lanes: Lanes;
  /** Refusals whose answer is an OAuth challenge; the resource server builds those. */
  readonly challenge: (refusal: Challenged, id: MessageId | null) => Response;
}

export type Challenged = Extract<Refusal, { reason: "missing-scope" | "grant-ended" }>;

export async function serveMcp(visit: Visit): Promise<Response> {
  const { request, lanes, context } = visit;
  const sessions = context.settings.sessions ? lanes.sessions : undefined;
  if (request.method !== "POST") {
    return sessions === undefined ? notAllowed("POST") : serveSession(visit, undefined, sessions);
  }
  if (!isJson(request)) return errorResponse(415, -32600, "Content-Type must be application/json.", null);
  const parsed = parseMessage(await request.text());
  if ("malformed" in parsed) return errorResponse(400, parsed.malformed, parsed.words, null);
  const { message } = parsed;
  const era = lanes.stateless?.route(request, message) ?? "legacy";
  if (lanes.stateless !== undefined && era !== "legacy") return serveModern(visit, message, lanes.stateless, era);
  if (sessions !== undefined) return serveSession(visit, message, sessions);
  if (lanes.sessionless !== undefined) return throughGate(visit, message, lanes.sessionless);
  return errorResponse(400, -32022, "This bridge does not speak that protocol version.", message.id ?? null);
}

/** 2026-07-28. A session id on such a request is ignored (SEP-2567). */
async function serveModern(visit: Visit, message: Message, lane: Lane, era: "modern" | "odd"): Promise<Response> {
  // Lists change with a deploy and nothing else is published: there is nothing to subscribe to, no stream to hold open.
  if (message.method === "subscriptions/listen") {
    return errorResponse(404, -32601, "Method not found", message.id ?? null);
  }
  const links = callerShowsLinks(message) ? "elicitation-2026" : "words";
  const reply = { ...wordsOnly(visit.context), mark: { resultType: "complete" }, links } as const;
  return throughGate(visit, message, lane, { reply, admit: era === "modern" });
}

/**
 * 2025-era: a session is opened by `initialize`, named in every later request, and ended by DELETE, which has no message. GET would
 * open a stream, and there is none: this bridge sends nothing unasked, an open stream would keep a session's object awake, and
 * what is not open need not be ended by a revocation (2025-11-25 allows 405).
 */
async function serveSession(visit: Visit, message: Message | undefined, lane: SessionLane): Promise<Response> {
  const { request, principal, context } = visit;
  const id = message?.id ?? null;
  const outer = request.headers.get("mcp-session-id");
  if (message?.method === "initialize" && message.id !== undefined) {
    if (outer === null) return throughGate(visit, message, lane);
    return errorResponse(400, -32600, "initialize must not name a session.", id);
  }
  if (outer === null && message === undefined) return notAllowed("POST");
  if (outer === null) {
    const missing = "Mcp-Session-Id is missing. Start with initialize.";
    return lane.check?.(request, message) ?? errorResponse(400, -32600, missing, id);
  }
  const session = await lane.open(context.settings, outer, principal);
  if (session === undefined) return notYours(visit, id);
  if (request.method === "GET") return throughGate(visit, undefined, NO_STREAM, { session });
  // This bridge asks its clients nothing, so an answer from one belongs to no question.
  const answers = message !== undefined && message.method === undefined;
  return throughGate(visit, message, answers ? TAKEN : lane, { session });
}

const TAKEN: Lane = { serve: async () => new Response(null, { status: 202 }) };
const NO_STREAM: Lane = { serve: async () => notAllowed("POST, DELETE") };

function notAllowed(allow: string): Response {
  return errorResponse(405, -32600, "Use POST.", null, { allow });
}

/** A stolen, altered or made-up session id. No object is made for it but the ledger that its bearer has already. */
async function notYours(visit: Visit, id: MessageId | null): Promise<Response> {
  return refuse(visit, await refuseSession(incomingOf(visit, null), portsOf(visit)), id);
}

interface GateOptions {
  /** The inner session id. */
  readonly session?: string;
  readonly reply?: Reply;
  /** False: the lane answers an error, without a ticket. */
  readonly admit?: boolean;
}

/** Into the lane with what the gate gave. */
async function throughGate(
  visit: Visit,
  message: Message | undefined,
  lane: Lane,
  { session, reply, admit = true }: GateOptions = {},
): Promise<Response> {
  const { request, context } = visit;
  const id = message?.id ?? null;
  const call = message === undefined || !admit ? undefined : callOf(message);
  if (call !== undefined && "malformed" in call) return errorResponse(400, -32602, call.words, id);
  const unfit = lane.check?.(request, message);
  if (unfit !== undefined) return unfit;

  const incoming = incomingOf(visit, session ?? null);
  const ports = portsOf(visit);
  const gate = call === undefined ? await passMessage(incoming, ports) : await passCall(call, incoming, ports);
  if (gate.refusal !== undefined) return refuse(visit, gate.refusal, id, reply);
  return lane.serve({ request, message, incoming, pass: gate.pass, context });
}

function incomingOf({ principal, context, where }: Visit, session: string | null): Incoming {
  return { principal, request: context.requestId, where, session };
}

function portsOf({ context, principal }: Visit): GatePorts<AppHost> {
  return createGatePorts(context.app, context.env, principal.subject, context.settings);
}

function refuse(
  visit: Visit,
  refusal: Refusal,
  id: MessageId | null,
  reply: Reply = wordsOnly(visit.context),
): Response {
  if (refusal.reason === "grant-ended") return visit.challenge(refusal, id);
  if (refusal.reason === "missing-scope" && !refusal.again) return visit.challenge(refusal, id);
  // A session's client said so when the session began; the ledger remembered.
  const asked = refusal.reason === "approval-required" && refusal.showsLinks;
  return refusalResponse(refusal, id, asked ? { ...reply, links: "elicitation-2025" } : reply);
}

function isJson(request: Request): boolean {
  return /^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "");
}
