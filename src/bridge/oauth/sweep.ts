// The hourly sweep: expired and orphaned grants and tokens leave KV. Each run takes a bounded batch and keeps where it stopped,
// so that the next one goes on from there and every record is reached.

import type { OAuthAuthorizationServer } from "@cloudflare/workers-oauth-provider";
import { logSweep } from "../log.ts";
import type { Bindings } from "../request/bindings.ts";

const CURSOR = "drawbridge:sweep-cursor";
const BATCH = 50;

export async function sweep(server: OAuthAuthorizationServer<Bindings>, env: Bindings): Promise<void> {
  const cursor = await env.OAUTH_KV.get(CURSOR);
  const swept = await server.purgeExpiredData(env, { batchSize: BATCH, ...(cursor === null ? {} : { cursor }) });
  if (swept.cursor === undefined) await env.OAUTH_KV.delete(CURSOR);
  else await env.OAUTH_KV.put(CURSOR, swept.cursor);
  logSweep({ grants: swept.grantsPurged, tokens: swept.tokensPurged, done: swept.done });
}
