// A bridge of the test's own, with other ways to sign in or other settings, over the same storage.

import { createExecutionContext } from "cloudflare:test";
import type { SignIn } from "../../../src/bridge/request/sign-in.ts";
import { createBridge } from "./bridges.ts";
import { createJourney, type Journey } from "./journey.ts";
import { bindings, ORIGIN } from "./worker.ts";

export function ownBridge(signIns: readonly SignIn[], more: Readonly<Record<string, unknown>> = {}): Journey {
  const bridge = createBridge(signIns);
  const env = { ...bindings, ...more };
  return createJourney(async (url, init) => {
    const request: Request<unknown, IncomingRequestCfProperties> = new Request(url, init as RequestInit<never>);
    const answer = await bridge.fetch?.(request, env, createExecutionContext());
    if (answer === undefined) throw new Error("the bridge has no fetch");
    return answer;
  }, ORIGIN);
}
