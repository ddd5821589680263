// The door for an app's own tests (test/app): `checkApp` proves of an app's rules and stores what the bridge's own tests prove over the
// fixture, and `journey` connects a client of a user.

import { env, exports } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { App } from "../../src/bridge/app/app.ts";
import { gateFindings } from "./check-app/gate.ts";
import { ruleFindings } from "./check-app/rules.ts";
import { storeFindings, writingReads } from "./check-app/stores.ts";
import type { Env } from "./check-app/tables.ts";
import { userFindings } from "./check-app/users.ts";
import { createJourney } from "./support/journey.ts";

interface Worker {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
}
const worker = (exports as unknown as { readonly default: Worker }).default;

/** Clients that connect and call, as over the wire. */
export const journey = createJourney((url, init) => worker.fetch(url, init), "http://127.0.0.1:8787");

/** Registers the tests that every app passes. What they name is yours to mend. */
export function checkApp(app: App): void {
  const own = env as unknown as Env;
  const offline = vi.spyOn(globalThis, "fetch");
  beforeAll(() => {
    offline.mockRejectedValue(new Error("a test of an app has no network"));
  });
  afterAll(() => offline.mockRestore());

  test("each rule is whole: a scope that is used, an example that fits, no plan that nobody needs", () => {
    expect(ruleFindings(app)).toEqual([]);
  });
  test("each tool is let in exactly when the token carries its scope, over both transports", {
    timeout: 120_000,
  }, async () => {
    expect(await gateFindings(app, journey)).toEqual([]);
  });
  test("what is kept of a user is listed, and goes with that user alone", async () => {
    expect(await storeFindings(app, own)).toEqual([]);
  });
  test("what one user keeps is neither seen, changed nor counted for another", { timeout: 120_000 }, async () => {
    expect(await userFindings(app, own)).toEqual([]);
  });
  test("what says that it reads changes no row", async () => {
    expect(await writingReads(app, own)).toEqual([]);
  });
}
