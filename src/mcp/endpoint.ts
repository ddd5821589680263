// /mcp after the token was verified: message → gate → lane. What is refused is refused here, before a lane has begun to
// answer, where HTTP statuses still exist. Lanes are chosen by the era of the message, on one URL.

import type { Where } from "../authz/event.ts";
import { type Incoming, passCall, passMessage } from "../authz/gate.ts";
import type { Principal } from "../authz/principal.ts";
import type { Refusal } from "../authz/refusal.ts";
import type { Bindings, Settings } from "../env.ts";
import { type Lane, lanes } from "./lanes.ts";
import { callerShowsLinks, callOf, type Message, type MessageId, parseMessage } from "./message.ts";
import { createGatePorts } from "./ports.ts";
import { errorResponse, type Reply, refusalResponse } from "./wire.ts";

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
  readonly challenge: (refusal: Challenged, id: MessageId | null) => Response;
}

export type Challenged = Extract<Refusal, { reason: "missing-scope" | "grant-ended" }>;

export async function serveMcp(visit: Visit): Promise<Response> {
  const { request } = visit;
  if (request.method !== "POST") return serveWithoutBody(visit);
  if (!isJson(request)) return errorResponse(415, -32600, "Content-Type must be application/json.", null);
  const parsed = parseMessage(await request.text());
  if ("malformed" in parsed) return errorResponse(400, parsed.malformed, parsed.words, null);
  const { message } = parsed;
  const era = lanes.stateless?.route(request, message) ?? "legacy";
  if (lanes.stateless !== undefined && era !== "legacy") return serveModern(visit, message, lanes.stateless, era);
  if (lanes.sessions !== undefined && visit.settings.sessions) return serveSession(visit, message);
  if (lanes.sessionless !== undefined) return pass(visit, message, null, lanes.sessionless);
  return errorResponse(400, -32022, "This bridge does not speak that protocol version.", message.id ?? null);
}

/** 2026-07-28. A session id on such a request is ignored (SEP-2567). */
async function serveModern(visit: Visit, message: Message, lane: Lane, era: "modern" | "odd"): Promise<Response> {
  // Lists change with a deploy and nothing else is published: there is nothing to subscribe to, no stream to hold open.
  if (message.method === "subscriptions/listen") {
    return errorResponse(404, -32601, "Method not found", message.id ?? null);
  }
  const links = callerShowsLinks(message) ? "elicitation-2026" : "words";
  const reply = { ...wordsOnly(visit), mark: { resultType: "complete" }, links } as const;
  return pass(visit, message, null, lane, { reply, admit: era === "modern" });
}

/** 2025-era: a session is opened by `initialize` and named in every later request. */
async function serveSession(visit: Visit, message: Message): Promise<Response> {
  const id = message.id ?? null;
  const outer = visit.request.headers.get("mcp-session-id");
  const opening = message.method === "initialize" && message.id !== undefined;
  if (opening && outer !== null) return errorResponse(400, -32600, "initialize must not name a session.", id);
  if (opening) return pass(visit, message, null, lanes.sessions);
  if (outer === null) return errorResponse(400, -32600, "Mcp-Session-Id is missing. Start with initialize.", id);
  const session = await lanes.sessions?.open(visit.settings, outer, visit.principal);
  if (session === undefined) return refusalResponse({ reason: "session-ended" }, id, wordsOnly(visit));
  // This bridge asks its clients nothing, so an answer from one belongs to no question.
  return pass(visit, message, session, message.method === undefined ? TAKEN : lanes.sessions);
}

/**
 * DELETE ends a live session. GET would open a stream, and there is none: this bridge sends nothing unasked, an open stream
 * would keep a session's object awake, and what is not open need not be ended by a revocation (2025-11-25 allows 405).
 */
async function serveWithoutBody(visit: Visit): Promise<Response> {
  const outer = visit.request.headers.get("mcp-session-id");
  if (outer === null || lanes.sessions === undefined || !visit.settings.sessions) return notAllowed("POST");
  const session = await lanes.sessions.open(visit.settings, outer, visit.principal);
  if (session === undefined) return refusalResponse({ reason: "session-ended" }, null, wordsOnly(visit));
  return pass(visit, undefined, session, visit.request.method === "GET" ? NO_STREAM : lanes.sessions);
}

const TAKEN: Lane = { serve: async () => new Response(null, { status: 202 }) };
const NO_STREAM: Lane = { serve: async () => notAllowed("POST, DELETE") };

function notAllowed(allow: string): Response {
  return errorResponse(405, -32600, "Use POST.", null, { allow });
}

function wordsOnly({ settings }: Visit): Reply {
  return { origin: settings.publicUrl.origin, mark: {}, links: "words" };
}

interface PassOptions {
  readonly reply?: Reply;
  /** False: the lane answers an error, without a ticket. */
  readonly admit?: boolean;
}

/** Through the gate, and into the lane with what it gave. */
async function pass(
  visit: Visit,
  message: Message | undefined,
  session: string | null,
  lane: Lane | undefined,
  { reply = wordsOnly(visit), admit = true }: PassOptions = {},
): Promise<Response> {
  const { request, principal, env, settings, ctx, requestId, where } = visit;
  const id = message?.id ?? null;
  if (lane === undefined) return notAllowed("POST");
  const call = message === undefined || !admit ? undefined : callOf(message);
  if (call !== undefined && "malformed" in call) return errorResponse(400, -32602, call.words, id);
  const unfit = lane.check?.(request, message);
  if (unfit !== undefined) return unfit;

  const incoming: Incoming = { principal, request: requestId, where, session };
  const ports = createGatePorts(env, principal.subject, settings);
  const gate = call === undefined ? await passMessage(incoming, ports) : await passCall(call, incoming, ports);
  if (gate.refusal !== undefined) return refuse(visit, gate.refusal, id, reply);
  return lane.serve({ request, message, incoming, pass: gate.pass, env, settings, ctx });
}

function refuse(visit: Visit, refusal: Refusal, id: MessageId | null, reply: Reply): Response {
  if (refusal.reason === "grant-ended") return visit.challenge(refusal, id);
  if (refusal.reason === "missing-scope" && !refusal.again) return visit.challenge(refusal, id);
  // A session's client said so when the session began; the ledger remembered.
  const asked = refusal.reason === "approval-required" && refusal.showsLinks;
  return refusalResponse(refusal, id, asked ? { ...reply, links: "elicitation-2025" } : reply);
}

function isJson(request: Request): boolean {
  return /^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "");
}
