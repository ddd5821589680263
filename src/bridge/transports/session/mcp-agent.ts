// The session transport: 2025 clients, an McpAgent and so a Durable Object a session. Protocol only: the object holds no props,
// no token and no authority of its own; each request brings its principal and ticket as a sealed pass. The one file that
// imports McpAgent.

import { AsyncLocalStorage } from "node:async_hooks";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  CancelledNotificationSchema,
  InitializeRequestSchema,
  ListToolsRequestSchema,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/sdk/types.js";
import { McpAgent } from "agents/mcp";
import type { App } from "../../app/app.ts";
import { TicketBook } from "../../gate/ticket.ts";
import { ledgerOf } from "../../ledger/address.ts";
import { sendOutcomes } from "../../ledger/outcomes.ts";
import { placed } from "../../ledger/place.ts";
import { sessionObject } from "../../ledger/sessions.ts";
import { logFailure } from "../../log.ts";
import { type Message, openerShowsLinks, requestIdOf } from "../../mcp/message.ts";
import { createRunPorts } from "../../mcp/ports.ts";
import { callTool, listTools } from "../../mcp/register.ts";
import type { SessionHandler, Transport, TransportRequest } from "../../mcp/transports.ts";
import { denialResponse, errorResponse, wordsOnly } from "../../mcp/wire.ts";
import type { Bindings } from "../../request/bindings.ts";
import type { LoadSettings } from "../../settings.ts";
import { forwarded } from "../forwarded.ts";
import { NO_SCHEMAS } from "../no-schemas.ts";
import { openResult, RESULT_HEADER, type SealedResult, sealResult } from "./sealed-result.ts";
import { openSession, SESSIONS, sealSession } from "./session.ts";

/** A call under way. */
interface Call {
  /** As its client numbers it. */
  readonly id: string | number;
  readonly request: string;
  readonly stop: AbortController;
}

class SessionAgent extends McpAgent<Bindings & Cloudflare.Env> {
  server: Server;
  readonly #app: App;
  readonly #load: LoadSettings;
  readonly #book = new TicketBook();
  readonly #calls = new Set<Call>();
  /** Agents keep the running object, env and all, where any code of the call can find it. A tool runs outside of that. */
  readonly #outside = AsyncLocalStorage.snapshot();

  constructor(ctx: DurableObjectState, env: Bindings & Cloudflare.Env, app: App, load: LoadSettings) {
    super(ctx, env);
    this.#app = app;
    this.#load = load;
    this.server = new Server(app.serverInfo, { capabilities: { tools: {} }, jsonSchemaValidator: NO_SCHEMAS });
  }

  override async init(): Promise<void> {
    this.server.setRequestHandler(ListToolsRequestSchema, async (_, extra) => {
      const gated = await this.#gated(extra.requestInfo?.headers[RESULT_HEADER]);
      return { tools: listTools(this.#app.policy, gated) };
    });
    this.server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
      const gated = await this.#gated(extra.requestInfo?.headers[RESULT_HEADER]);
      const later = (work: Promise<unknown>) => this.ctx.waitUntil(work);
      const call: Call = { id: extra.requestId, request: gated.request, stop: new AbortController() };
      this.#calls.add(call);
      const { signal: cancelled } = call.stop;
      const more = { book: this.#book, later, cancelled };
      return this.#outside(() => {
        const ports = createRunPorts(this.#app, this.env, gated.principal.subject, gated.request, more);
        return callTool(params, gated, gated.request, ports);
      }).finally(() => this.#calls.delete(call));
    });
    // Not the SDK's: that one does not know the id 0, and leaves the stream of what it cancels open.
    this.server.setNotificationHandler(CancelledNotificationSchema, ({ params }) =>
      this.#cancel(({ id }) => id === params.requestId),
    );
  }

  /** The client of a call has hung up. Called by the edge, with the bridge's own id of the request. */
  async hangUp(request: string): Promise<void> {
    this.#cancel((call) => call.request === request);
  }

  /** Nobody is answered (2025-11-25, cancellation), and the stream ends. */
  #cancel(which: (call: Call) => boolean): void {
    for (const call of [...this.#calls].filter(which)) {
      for (const connection of this.getConnections<{ readonly requestIds?: readonly unknown[] }>()) {
        if (connection.state?.requestIds?.includes(call.id)) connection.close(1000, "cancelled");
      }
      call.stop.abort();
    }
  }

  /** No resumable events: answers are short, and what is not stored cannot leak. */
  override getEventStore(): undefined {
    return undefined;
  }

  /** Empties the object of a session that is over. Called by the ledger. */
  async end(): Promise<void> {
    await this.destroy();
  }

  /** Ends the object, and with it whatever still waits in it. */
  override async destroy(): Promise<void> {
    await sendOutcomes((subject) => ledgerOf(this.env, subject)).catch((error: unknown) => logFailure("", error));
    await super.destroy();
  }

  async #gated(header: unknown): Promise<SealedResult> {
    const loaded = this.#load(this.env);
    const gated = "settings" in loaded ? await openResult(loaded.settings, header) : undefined;
    const own = gated?.session === null || gated?.session === this.getSessionId();
    if (gated === undefined || !own) throw new Error("not admitted");
    return gated;
  }
}

const MAX_BODY_BYTES = 64 * 1024;
const handler = SessionAgent.serve("/mcp", { binding: "MCP_SESSIONS" });

const FORWARDED = ["content-type", "mcp-protocol-version"];

/** The class that an entry exports, as wrangler.toml binds it: this agent, made over an app. */
function sessionOver(app: App, load: LoadSettings) {
  return class McpSession extends SessionAgent {
    constructor(ctx: DurableObjectState, env: Bindings & Cloudflare.Env) {
      super(ctx, env, app, load);
    }
  };
}

const sessionHandler: SessionHandler = {
  versions: SUPPORTED_PROTOCOL_VERSIONS,
  open: openSession,
  check: checkSession,
  serve: serveSession,
};

export const session: Transport<{ readonly McpSession: ReturnType<typeof sessionOver> }> = {
  name: "session",
  settings: SESSIONS,
  make: (app, load) => ({
    handlers: ({ of }) => (of(SESSIONS).SESSIONS === "off" ? {} : { sessions: sessionHandler }),
    classes: { McpSession: sessionOver(app, load) },
  }),
};

const encoder = new TextEncoder();

/** What McpAgent would refuse after the gate: the size (it carries bodies in a header), and an opening that it cannot read. */
function checkSession({ method }: Request, message: Message | undefined): Response | undefined {
  if (method !== "POST" || message === undefined) return undefined;
  const id = requestIdOf(message);
  if (encoder.encode(JSON.stringify(message)).length > MAX_BODY_BYTES) {
    return errorResponse(413, -32600, "The message is larger than 64 KiB.", id);
  }
  if (message.method === "initialize" && !InitializeRequestSchema.safeParse(message).success) {
    return errorResponse(400, -32602, "The parameters of initialize are not valid.", id);
  }
  return undefined;
}

async function serveSession(exchange: TransportRequest): Promise<Response> {
  const { request, message, incoming, context } = exchange;
  const { env, ctx } = context;
  if (env.MCP_SESSIONS === undefined) throw new Error("MCP_SESSIONS is not bound");
  const namespace = placed(env.MCP_SESSIONS, env);
  const { session } = incoming;
  if (session !== null && message?.method === "tools/call") {
    const object = namespace.getByName(sessionObject(session));
    const hangUp = () => ctx.waitUntil(object.hangUp(incoming.request));
    request.signal.addEventListener("abort", hangUp, { once: true });
  }
  const served = session === null ? openListed(exchange, namespace) : askAgent(exchange, namespace);
  // A client that hangs up must not stop it halfway.
  ctx.waitUntil(served.catch(() => undefined));
  return served;
}

type Namespace = NonNullable<Bindings["MCP_SESSIONS"]>;

/** Listed before there is an object: whatever happens in between, the ledger empties it when its time is over. */
async function openListed(exchange: TransportRequest, namespace: Namespace): Promise<Response> {
  const { message, incoming, context } = exchange;
  const { client, grant, subject } = incoming.principal;
  const ledger = ledgerOf(context.env, subject);
  const inner = namespace.newUniqueId().toString();
  const showsLinks = message !== undefined && openerShowsLinks(message);
  try {
    await ledger.openSession(inner, { client, grant, showsLinks });
  } catch (error) {
    logFailure(incoming.request, error);
    return denialResponse({ reason: "ledger-unreachable" }, message?.id, wordsOnly(context));
  }
  return askAgent(exchange, named(namespace, inner));
}

/** The library makes the ids of new sessions: this one. */
function named(namespace: Namespace, id: string): Namespace {
  return new Proxy(namespace, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name === "newUniqueId") return () => id;
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

async function askAgent(exchange: TransportRequest, MCP_SESSIONS: Namespace): Promise<Response> {
  const { request, message, incoming, gated, context } = exchange;
  const { env, settings, ctx } = context;
  const body = message === undefined ? null : JSON.stringify(message);
  const headers = forwarded(request, FORWARDED);
  if (incoming.session !== null) headers.set("mcp-session-id", incoming.session);
  headers.set(
    RESULT_HEADER,
    await sealResult(settings, { ...gated, request: incoming.request, session: incoming.session }),
  );
  const inner = new Request(settings.resource, { method: request.method, headers, body });
  // The jurisdiction is in the namespace. Not by the library's option: it makes the ids of new sessions without it.
  return sealAnswer(await handler.fetch(inner, { ...env, MCP_SESSIONS }, withoutProps(ctx)), exchange);
}

/** The transport stores `ctx.props` in the session's object, in clear and for good. It gets none. */
function withoutProps(ctx: ExecutionContext): ExecutionContext {
  return {
    waitUntil: (work: Promise<unknown>) => ctx.waitUntil(work),
    passThroughOnException: () => undefined,
    props: undefined,
  } as ExecutionContext;
}

/** Forgets a session that was closed, and names sessions by their sealed id. */
async function sealAnswer(answer: Response, { request, incoming, context }: TransportRequest): Promise<Response> {
  const { env, settings } = context;
  const { principal, session } = incoming;
  const ledger = ledgerOf(env, principal.subject);
  if (request.method === "DELETE" && session !== null && answer.ok) await ledger.endSession(session);
  const inner = answer.headers.get("mcp-session-id");
  if (inner === null) return answer;
  const outer = request.headers.get("mcp-session-id") ?? (await sealSession(settings, inner, principal, Date.now()));
  const headers = new Headers(answer.headers);
  headers.set("mcp-session-id", outer);
  return new Response(answer.body, { status: answer.status, headers });
}
