// For comparison only, never to be deployed: the stateless twin. What one gets by following the quickstart with
// `createMcpHandler`: OAuth in front, no gate, no ledger.

import { behindOAuth } from "./oauth.ts";
import { mcpHandler } from "./server.ts";

export default behindOAuth({ fetch: async (request, bindings, ctx) => mcpHandler(request, bindings, ctx) });
