// The stateless transport: a fresh server for each request, nothing kept between two. Protocol only; the principal and the ticket
// come from the gate. Serves 2026-07-28 and, where sessions are off, 2025 clients too (SDK v2 speaks both).

import {
  classifyInboundRequest,
  createMcpHandler,
  Server,
  SUPPORTED_PROTOCOL_VERSIONS,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { TicketBook } from "../gate/ticket.ts";
import { standardMismatch } from "../mcp/mirrored.ts";
import { createRunPorts } from "../mcp/ports.ts";
import { callTool, listTools } from "../mcp/register.ts";
import type { StatelessHandler, Transport, TransportHandler, TransportRequest } from "../mcp/transports.ts";
import { forwarded } from "./forwarded.ts";
import { NO_SCHEMAS } from "./no-schemas.ts";

const book = new TicketBook();

function createServer({ request, gated, incoming, context }: TransportRequest): Server {
  const { app, env, ctx } = context;
  const server = new Server(app.serverInfo, { capabilities: { tools: {} }, jsonSchemaValidator: NO_SCHEMAS });
  server.setRequestHandler("tools/list", () => ({ tools: listTools(app.policy, gated) }));
  server.setRequestHandler("tools/call", ({ params }) => {
    const later = (work: Promise<unknown>) => ctx.waitUntil(work);
    const ports = createRunPorts(app, env, gated.principal.subject, incoming.request, {
      book,
      later,
      cancelled: request.signal,
    });
    return callTool(params, gated, incoming.request, ports);
  });
  return server;
}

/** The request of an exchange, found by its own `authInfo` object, so that nothing a client sends can pose as one. */
const exchanges = new WeakMap<object, TransportRequest>();

const handler = createMcpHandler(
  ({ authInfo }) => {
    const exchange = authInfo === undefined ? undefined : exchanges.get(authInfo);
    if (exchange === undefined) throw new Error("not admitted");
    return createServer(exchange);
  },
  { legacy: "reject" },
);

const modern: StatelessHandler = {
  versions: ["2026-07-28"],
  route({ headers, method }, message) {
    const header = (name: string) => headers.get(name) ?? undefined;
    const named = {
      protocolVersionHeader: header("mcp-protocol-version"),
      mcpMethodHeader: header("mcp-method"),
      mcpNameHeader: header("mcp-name"),
    };
    const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
    const outcome = classifyInboundRequest({ httpMethod: method, ...given, body: message });
    if (outcome.kind === "legacy") return "legacy";
    if (outcome.kind === "modern") return standardMismatch(headers, message) ?? "modern";
    const { code, message: words, data } = outcome;
    return { status: 400, code, words, data };
  },
  async serve(exchange) {
    const { client, held } = exchange.gated.principal;
    const authInfo = { token: "", clientId: client, scopes: [...held] };
    exchanges.set(authInfo, exchange);
    return handler.fetch(bare(exchange), { authInfo, parsedBody: exchange.message });
  },
};

const sessionless: TransportHandler = {
  versions: SUPPORTED_PROTOCOL_VERSIONS,
  async serve(exchange) {
    const server = createServer(exchange);
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    try {
      return await transport.handleRequest(bare(exchange), { parsedBody: exchange.message });
    } finally {
      await server.close();
    }
  },
};

export const stateless: Transport = {
  name: "stateless",
  make: () => ({ handlers: () => ({ stateless: modern, sessionless }), classes: {} }),
};

const FORWARDED = ["content-type", "mcp-protocol-version", "mcp-method", "mcp-name"];

function bare({ request, context }: TransportRequest): Request {
  return new Request(context.settings.resource, { method: "POST", headers: forwarded(request, FORWARDED) });
}
