// What the Cloudflare AI Playground is to a bridge: an `Agent` that adds an MCP server by its URL, hands the sign-in link to
// its page, and calls tools for a model. The page and the model are left out: four JSON routes stand for them.

import { Agent, routeAgentRequest } from "agents";

export class Playground extends Agent {
  override onStart(): void {
    // The Playground closes its popup here.
    this.mcp.configureOAuthCallback({ customHandler: (result) => Response.json(result) });
  }

  override async onRequest(request: Request): Promise<Response> {
    await this.mcp.waitForConnections({ timeout: 10_000 });
    const action = new URL(request.url).pathname.split("/").at(-1);
    const { url, serverId, name, args }: Record<string, unknown> = await request.json();
    switch (action) {
      case "connect":
        return Response.json(await this.addMcpServer("bridge", String(url)));
      case "disconnect":
        return Response.json((await this.removeMcpServer(String(serverId))) ?? null);
      case "call":
        return this.#call({ serverId: String(serverId), name: String(name), arguments: Object(args) });
      default:
        return Response.json({ ...this.getMcpServers(), versions: this.#versions() });
    }
  }

  async #call(params: Parameters<typeof this.mcp.callTool>[0]): Promise<Response> {
    try {
      return Response.json({ result: await this.mcp.callTool(params) });
    } catch (error) {
      // What the model, and through it the user, is told.
      return Response.json({ error: String(error) });
    }
  }

  #versions(): readonly (string | undefined)[] {
    return Object.values(this.mcp.mcpConnections).map(({ client }) => client.getNegotiatedProtocolVersion());
  }
}

export default {
  async fetch(request, env) {
    return (await routeAgentRequest(request, env)) ?? new Response("playground host\n", { status: 404 });
  },
} satisfies ExportedHandler<Cloudflare.Env>;
