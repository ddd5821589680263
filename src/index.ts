// The production entry. Remove a way to sign in by removing its word here.

import { createBridge } from "./bridge.ts";
import { github } from "./sign-in/github.ts";
import { oidc } from "./sign-in/oidc.ts";

export { McpSession } from "./lanes/mcp-agent/mcp-agent.ts"; // lane: McpAgent
export { Ledger } from "./ledger/ledger.ts";

export default createBridge([github, oidc]);
