// The floor with its storage operations counted. See counting.ts.

import worker, { type FloorEnv, Floor as RealFloor } from "../plain/floor.ts";
import { counted, watchObject } from "./counting.ts";

export class Floor extends RealFloor {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    watchObject(ctx);
    super(ctx, env);
  }
}

export default counted<FloorEnv>(worker, ({ FLOOR }) => [FLOOR]);
