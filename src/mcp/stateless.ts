// The stateless lane: protocol 2026-07-28, a fresh server for each request, nothing kept between two. Protocol only; the
// principal and the ticket come from the gate. To remove the lane, delete this file and its import in endpoint.ts.

import { createMcpHandler, Server } from "@modelcontextprotocol/server";
import { type Pass, TicketBook } from "../authz/ticket.ts";
import type { Bindings, Settings } from "../env.ts";
import { logFailure } from "../log.ts";
import { policy } from "../policy.ts";
import type { LaneRequest } from "./endpoint.ts";
import { createRunPorts } from "./ports.ts";
import { callTool, listTools, SERVER_INFO } from "./register.ts";

/** What a request hands its own server: kept beside the SDK's `extra`, so that nothing else can pose as it. */
interface Exchange {
  readonly pass: Pass;
  readonly request: string;
  readonly env: Bindings;
  readonly ctx: ExecutionContext;
}

const exchanges = new WeakMap<object, Exchange>();
const book = new TicketBook();

const handler = createMcpHandler(
  ({ authInfo }) => {
    const exchange = authInfo === undefined ? undefined : exchanges.get(authInfo);
    if (exchange === undefined) throw new Error("not admitted");
    const { pass, request, env, ctx } = exchange;
    const server = new Server(SERVER_INFO, { capabilities: { tools: {} } });
    server.setRequestHandler("tools/list", () => ({ tools: listTools(policy, pass.principal) }));
    server.setRequestHandler("tools/call", ({ params }) => {
      const report = (error: unknown) => logFailure(request, error);
      const later = (work: Promise<unknown>) => ctx.waitUntil(work);
      return callTool(params, pass, request, createRunPorts(env, pass.principal.subject, { book, later, report }));
    });
    return server;
  },
  { legacy: "reject" },
);

/** Headers the lane may see; the bearer token is not among them. */
const FORWARDED = ["accept", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name"];

/** Serves a request that the gate has passed. */
export async function serveStateless(lane: LaneRequest, env: Bindings, settings: Settings, ctx: ExecutionContext): Promise<Response> {
  const { request, message, incoming, pass } = lane;
  const headers = new Headers();
  for (const name of FORWARDED) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const authInfo = { token: "", clientId: pass.principal.client, scopes: [...pass.principal.held] };
  exchanges.set(authInfo, { pass, request: incoming.request, env, ctx });
  return handler.fetch(new Request(settings.resource, { method: "POST", headers }), { authInfo, parsedBody: message });
}

/** SEP-2243: the mirrored headers name what the body names. Where they do not, the lane answers the error, unticketed. */
export function headersAgree(headers: Headers, method: string | undefined, name: string | undefined): boolean {
  return headers.get("mcp-method") === method && (name === undefined || headers.get("mcp-name") === name);
}
