// What `npm start` runs: the production entry plus development sign-in. Never deployed; it refuses any host but loopback.

import { createBridge } from "./bridge/server.ts";
import { development } from "./bridge/sign-in/development.ts";
import { github } from "./bridge/sign-in/github.ts";
import { oidc } from "./bridge/sign-in/oidc.ts";

export { Ledger } from "./bridge/ledger/ledger.ts";
export { McpSession } from "./bridge/transports/session/mcp-agent.ts"; // lane: McpAgent

export default createBridge([development, github, oidc]);
