// The plain McpAgent server with its storage operations counted. See counting.ts.

import worker, { PlainMcp as RealMcp } from "../plain/agent.ts";
import type { PlainEnv } from "../plain/tools.ts";
import { counted, watchObject } from "./counting.ts";

interface Env extends PlainEnv {
  readonly MCP_OBJECT: DurableObjectNamespace;
}

export class PlainMcp extends RealMcp {
  constructor(ctx: DurableObjectState, env: PlainEnv & Cloudflare.Env) {
    watchObject(ctx);
    super(ctx, env);
  }
}

export default counted<Env>(worker, ({ MCP_OBJECT }) => [MCP_OBJECT]);
