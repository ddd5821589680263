// What `npm start` runs: the production entry plus development sign-in. Never deployed; it refuses any host but loopback.

import { createBridge } from "./bridge.ts";
import { development } from "./sign-in/development.ts";
import { github } from "./sign-in/github.ts";
import { oidc } from "./sign-in/oidc.ts";

export { McpSession } from "./lanes/mcp-agent/mcp-agent.ts"; // lane: McpAgent
export { Ledger } from "./ledger/ledger.ts";

export default createBridge([development, github, oidc]);
