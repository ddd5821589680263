// The bridge with its storage operations counted. See counting.ts.

import type { Bindings } from "../../../../src/bridge/request/bindings.ts";
import worker, { Ledger as RealLedger, McpSession as RealSession } from "../../fixture/development.ts";
import { counted, watchObject } from "./counting.ts";

export class Ledger extends RealLedger {
  constructor(ctx: DurableObjectState, env: object) {
    watchObject(ctx);
    super(ctx, env);
  }
}

export class McpSession extends RealSession {
  constructor(ctx: DurableObjectState, env: Bindings & Cloudflare.Env) {
    watchObject(ctx);
    super(ctx, env);
  }
}

export default counted<Bindings>(worker, ({ LEDGER }) => [LEDGER]);
