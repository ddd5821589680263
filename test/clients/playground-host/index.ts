// What the Cloudflare AI Playground is to a bridge: an `Agent` that adds an MCP server by its URL, hands the sign-in link to
// its page, and calls tools for a model. The page and the model are left out: three JSON routes stand for them.

import { Agent, routeAgentRequest } from "agents";

export class Playground extends Agent {
  override onStart(): void {
    // The Playground closes its popup here.
    this.mcp.configureOAuthCallback({ customHandler: (result) => Response.json(result) });
  }

  override async onRequest(request: Request): Promise<Response> {
    const action = new URL(request.url).pathname.split("/").at(-1);
    const body: Record<string, unknown> = await request.json();
    if (action === "connect") return Response.json(await this.addMcpServer("bridge", String(body["url"])));
    if (action === "state") {
      await this.mcp.waitForConnections({ timeout: 10_000 });
      return Response.json({ ...this.getMcpServers(), versions: this.#versions() });
    }
    return this.#call(body);
  }

  async #call({ serverId, name, args }: Record<string, unknown>): Promise<Response> {
    try {
      const params = { serverId: String(serverId), name: String(name), arguments: args as Record<string, unknown> };
      return Response.json({ result: await this.mcp.callTool(params) });
    } catch (error) {
      // What the model, and through it the person, is told.
      return Response.json({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
    }
  }

  #versions(): readonly (string | undefined)[] {
    return Object.values(this.mcp.mcpConnections).map(({ client }) => client.getNegotiatedProtocolVersion());
  }
}

export default {
  async fetch(request, env) {
    return (await routeAgentRequest(request, env)) ?? new Response("There is nothing here.\n", { status: 404 });
  },
} satisfies ExportedHandler<Cloudflare.Env>;
