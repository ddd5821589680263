// For comparison only, never to be deployed: the floor. The stateless twin plus one durable write for each call: one row in
// a Durable Object addressed by the user, awaited, nothing else. What any server pays that writes down before it runs.

import { DurableObject } from "cloudflare:workers";
import { behindOAuth } from "./oauth.ts";
import { mcpHandler } from "./server.ts";
import type { PlainEnv, Props } from "./tools.ts";

export interface FloorEnv extends PlainEnv {
  readonly FLOOR: DurableObjectNamespace<Floor>;
}

export class Floor extends DurableObject {
  constructor(ctx: DurableObjectState, bindings: Cloudflare.Env) {
    super(ctx, bindings);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS call (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL)");
  }

  /** Durable when it returns: the output gate holds the answer until then. */
  async write(): Promise<void> {
    this.ctx.storage.sql.exec("INSERT INTO call (at) VALUES (?)", Date.now());
  }
}

export default behindOAuth<FloorEnv>({
  async fetch(request, bindings, ctx) {
    await bindings.FLOOR.getByName((ctx.props as Props).subject).write();
    return mcpHandler(request, bindings, ctx);
  },
});
