// For comparison only, never to be deployed: what one gets by following the quickstart with McpAgent. OAuth in front, one
// Durable Object a session, no gate, no ledger. Anyone who holds any valid token and a session id is that session's user.

import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { McpAgent } from "agents/mcp";
import { behindOAuth } from "./oauth.ts";
import { type PlainEnv, type Props, readNote, replaceNote, searchNotes, whoami, writeNote } from "./tools.ts";

export class PlainMcp extends McpAgent<PlainEnv & Cloudflare.Env, unknown, Props> {
  server = new McpServer({ name: "plain", version: "1.0.0" });

  override async init(): Promise<void> {
    const { DB } = this.env;
    this.server.registerTool("whoami", whoami.config, () => whoami.run(this.#user()));
    this.server.registerTool("search_notes", searchNotes.config, (args) => searchNotes.run(args, DB, this.#user()));
    this.server.registerTool("read_note", readNote.config, (args) => readNote.run(args, DB, this.#user()));
    this.server.registerTool("write_note", writeNote.config, (args) => writeNote.run(args, DB, this.#user()));
    this.server.registerTool("replace_note", replaceNote.config, (args) => replaceNote.run(args, DB, this.#user()));
  }

  #user(): Props {
    if (this.props === undefined) throw new Error("nobody is signed in");
    return this.props;
  }
}

export default behindOAuth(PlainMcp.serve("/mcp"));
