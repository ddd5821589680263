// The production entry. Remove a way to sign in by removing its word here.

import { createBridge } from "./bridge/server.ts";
import { github } from "./bridge/sign-in/github.ts";
import { oidc } from "./bridge/sign-in/oidc.ts";

export { Ledger } from "./bridge/ledger/ledger.ts";
export { McpSession } from "./bridge/transports/session/mcp-agent.ts"; // lane: McpAgent

export default createBridge([github, oidc]);
