// /mcp after the token was verified: message → gate → lane. What is refused is refused here, before a lane has begun to
// answer, where HTTP statuses still exist. Lanes are chosen by the era of the message, on one URL.

import * as z from "zod";
import type { AppHost } from "../app/store.ts";
import { type GatePorts, type Incoming, passCall, passMessage, refuseMessage, refuseSession } from "../gate/gate.ts";
import type { Principal } from "../gate/principal.ts";
import type { Refusal, Undecidable } from "../gate/refusal.ts";
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
import { type Lane, type Lanes, type SessionLane, spokenVersions } from "./transports.ts";
import { errorResponse, type Reply, refusalResponse, wordsOnly } from "./wire.ts";

/** One request to the endpoint, its caller verified. */
export interface Visit {
  readonly request: Request;
  readonly context: RequestContext;
  readonly principal: Principal;
  readonly where: Where;
  readonly lanes: Lanes;
  /** Refusals whose answer is an OAuth challenge; the resource server builds those. */
  readonly challenge: (refusal: Challenged, id: MessageId | undefined) => Response;
}

export type Challenged = Extract<Refusal, { reason: "missing-scope" | "grant-ended" }>;

export async function serveMcp(visit: Visit): Promise<Response> {
  const { request, lanes } = visit;
  if (request.method !== "POST") {
    const unspoken = unspokenVersion(request.headers, undefined, lanes);
    if (unspoken !== undefined) return errorResponse(400, unspoken.code, unspoken.words, undefined);
    return lanes.sessions === undefined ? notAllowed("POST") : serveSession(visit, undefined, lanes.sessions);
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
  const { request, lanes } = visit;
  const unspoken = unspokenVersion(request.headers, message, lanes);
  if (unspoken !== undefined) return undecidable(visit, message, unspoken);
  const era = lanes.stateless?.route(request, message) ?? "legacy";
  if (typeof era === "object") return undecidable(visit, message, era);
  if (lanes.stateless !== undefined && era === "modern") return serveModern(visit, message, lanes.stateless);
  if (lanes.sessions !== undefined) return serveSession(visit, message, lanes.sessions);
  if (lanes.sessionless !== undefined) return throughGate(visit, message, lanes.sessionless);
  const none = request.headers.get("mcp-protocol-version") ?? "none";
  return undecidable(visit, message, versionRefused(none, spokenVersions(lanes)));
}

/** A version that no transport speaks. All that are spoken are named, so that the client knows what to fall back to. */
function unspokenVersion(headers: Headers, message: Message | undefined, lanes: Lanes): Undecidable | undefined {
  const { header, claimed } = versionsOf(headers, message);
  // SEP-2243: before anything is made of either.
  if (header !== undefined && claimed !== undefined && header !== claimed) {
    return { status: 400, code: -32020, words: "MCP-Protocol-Version and _meta name different versions." };
  }
  const spoken = spokenVersions(lanes);
  const unspoken = [header, claimed].find((version) => version !== undefined && !spoken.includes(version));
  // As `server/discover` has it: versions of 2025 are negotiated by initialize (SEP-2575).
  const supported = claimed === undefined ? spoken : (lanes.stateless?.versions ?? spoken);
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
async function serveModern(visit: Visit, message: Message, lane: Lane): Promise<Response> {
  const mismatch = mirroredWrongly(visit, message);
  if (mismatch !== undefined) return undecidable(visit, message, mismatch);
  const links = callerShowsLinks(message) ? "elicitation-2026" : "words";
  const reply = { ...wordsOnly(visit.context), mark: { resultType: "complete" }, links, unknownMethod: 404 } as const;
  return throughGate(visit, message, lane, { reply });
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
  const refusal = await refuseMessage(tool, why, incomingOf(visit, null), portsOf(visit));
  return refuse(visit, refusal, message === undefined ? undefined : requestIdOf(message));
}

/**
 * 2025-era: a session is opened by `initialize`, named in every later request, and ended by DELETE, which has no message. GET would
 * open a stream, and there is none: this bridge sends nothing unasked, an open stream would keep a session's object awake, and
 * what is not open need not be ended by a revocation (2025-11-25 allows 405).
 */
async function serveSession(visit: Visit, message: Message | undefined, lane: SessionLane): Promise<Response> {
  const { request, principal, context } = visit;
  const id = message === undefined ? undefined : requestIdOf(message);
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

const TAKEN: Lane = { versions: [], serve: async () => new Response(null, { status: 202 }) };
const NO_STREAM: Lane = { versions: [], serve: async () => notAllowed("POST, DELETE") };

function notAllowed(allow: string): Response {
  return errorResponse(405, -32600, "Use POST.", undefined, { allow });
}

/** A stolen, altered or made-up session id. No object is made for it but the ledger that its bearer has already. */
async function notYours(visit: Visit, id: MessageId | undefined): Promise<Response> {
  return refuse(visit, await refuseSession(incomingOf(visit, null), portsOf(visit)), id);
}

interface GateOptions {
  /** The inner session id. */
  readonly session?: string;
  readonly reply?: Reply;
}

/** Into the lane with what the gate gave. */
async function throughGate(
  visit: Visit,
  message: Message | undefined,
  lane: Lane,
  { session, reply }: GateOptions = {},
): Promise<Response> {
  const { request, context } = visit;
  const id = message === undefined ? undefined : requestIdOf(message);
  const call = message === undefined ? undefined : callOf(message);
  if (call !== undefined && "code" in call) return undecidable(visit, message, call);
  const unfit = lane.check?.(request, message);
  if (unfit !== undefined) return unfit;

  const incoming = incomingOf(visit, session ?? null);
  const ports = portsOf(visit);
  const gate =
    call === undefined ? await passMessage(message?.method, incoming, ports) : await passCall(call, incoming, ports);
  if (gate.refusal !== undefined) return refuse(visit, gate.refusal, id, reply);
  return lane.serve({ request, message, incoming, pass: gate.pass, context });
}

function incomingOf({ principal, context, where }: Visit, session: string | null): Incoming {
  return { principal, request: context.requestId, where, session };
}

function portsOf({ context, principal }: Visit): GatePorts<AppHost> {
  return createGatePorts(context.app, context.env, principal.subject, context.requestId, context.settings);
}

function refuse(
  visit: Visit,
  refusal: Refusal,
  id: MessageId | undefined,
  reply: Reply = wordsOnly(visit.context),
): Response {
  noteCause(refusal.reason);
  if (refusal.reason === "grant-ended") return visit.challenge(refusal, id);
  if (refusal.reason === "missing-scope" && !refusal.again) return visit.challenge(refusal, id);
  // A session's client said so when the session began; the ledger remembered.
  const asked = refusal.reason === "approval-required" && refusal.showsLinks;
  return refusalResponse(refusal, id, asked ? { ...reply, links: "elicitation-2025" } : reply);
}

function isJson(request: Request): boolean {
  return /^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "");
}
