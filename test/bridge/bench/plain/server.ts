// For comparison only, never to be deployed: the stateless server of the quickstart, a fresh one for each request. Shared by
// the stateless twin and the floor.

import { env } from "cloudflare:workers";
import { McpServer } from "@modelcontextprotocol/server";
import { createMcpHandler, getMcpAuthContext } from "agents/mcp/server";
import { type PlainEnv, type Props, readNote, replaceNote, searchNotes, whoami, writeNote } from "./tools.ts";

function createServer(): McpServer {
  const { DB } = env as unknown as PlainEnv;
  const user = () => getMcpAuthContext()?.props as Props;
  const server = new McpServer({ name: "plain", version: "1.0.0" });
  server.registerTool("whoami", whoami.config, () => whoami.run(user()));
  server.registerTool("search_notes", searchNotes.config, (args) => searchNotes.run(args, DB, user()));
  server.registerTool("read_note", readNote.config, (args) => readNote.run(args, DB, user()));
  server.registerTool("write_note", writeNote.config, (args) => writeNote.run(args, DB, user()));
  server.registerTool("replace_note", replaceNote.config, (args) => replaceNote.run(args, DB, user()));
  return server;
}

export const mcpHandler = createMcpHandler(createServer);
