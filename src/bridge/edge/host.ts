// Host lock: the bridge answers under PUBLIC_URL only, because the issuer and the audience are that name. On a laptop not with 421
// (RFC 9110 §15.5.20): `fetch` repeats such a request, fails, and who typed `localhost` never reads why. A user who opened a page
// there is sent on; a request that carries anything is not.

import { isLoopback } from "../addresses.ts";
import type { Settings } from "../settings.ts";
import { refuse } from "./refuse.ts";

export function checkHost(request: Request, { publicUrl, loopback }: Settings): Response | undefined {
  const url = new URL(request.url);
  if (url.origin === publicUrl.origin) return undefined;
  const sameSite = url.host === publicUrl.host || (loopback && isLoopback(url.hostname) && url.port === publicUrl.port);
  const page = request.method === "GET" && request.headers.get("authorization") === null;
  if (sameSite && page && (request.headers.get("accept") ?? "").includes("text/html")) {
    return Response.redirect(publicUrl.origin + url.pathname + url.search, 308);
  }
  // Never redirect what may carry a token: over http it has leaked already.
  if (url.host === publicUrl.host) return refuse(403, `Use ${publicUrl.protocol}//, not ${url.protocol}//.`);
  return refuse(loopback ? 400 : 421, `This bridge is reachable at ${publicUrl.origin} only.`);
}
