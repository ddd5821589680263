// The door for the two entries: the bridge itself, and the words for what it is made of. What an entry does not name is not bundled.
// Apps use the other door, index.ts.

export { archive } from "./archive/archive.ts";
export { consolePages } from "./console/app.tsx";
export { operatorApi } from "./operator/endpoint.ts";
export { createBridge } from "./server.ts";
export { development } from "./sign-in/development.ts";
export { github } from "./sign-in/github.ts";
export { oidc } from "./sign-in/oidc.ts";
export { session } from "./transports/session/mcp-agent.ts";
export { stateless } from "./transports/stateless.ts";
