// What attack tests share: bridges with other settings over the same storage, a look into session objects, and the lines
// that reached the log. Every sign-in here takes a typed name for a person and, unlike development's, lists nobody.

import { createExecutionContext, listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import { createBridge } from "../../src/bridge.ts";
import type { SignIn } from "../../src/sign-in/sign-in.ts";
import { createJourney, type Journey } from "./journey.ts";
import { bindings } from "./worker.ts";

const signIn: SignIn = {
  name: "development",
  label: "a name",
  configured: () => true,
  start: async (_callback, { publicUrl }) => ({
    data: {},
    location: (state) => new URL(`/elsewhere?${new URLSearchParams({ state })}`, publicUrl),
  }),
  finish: async (callback) => {
    const name = callback.searchParams.get("name") ?? "";
    return { person: { provider: "development", issuer: "urn:test", id: name, name, mail: `${name}@people.test` } };
  },
};

/** A bridge of its own at `origin`. `more`: settings or bindings to replace; people are entitled as `mail:<name>@people.test`. */
export function bridgeAt(origin: string, more: Readonly<Record<string, unknown>> = {}): Journey {
  const bridge = createBridge([signIn]);
  const env = { ...bindings, PUBLIC_URL: origin, ENTITLED: "mail:ada@people.test mail:bob@people.test", ...more };
  return createJourney(async (url, init) => {
    const ctx = createExecutionContext();
    const request = new Request<unknown, IncomingRequestCfProperties>(url, init as RequestInit<never>);
    const answer = await bridge.fetch?.(request, env, ctx);
    if (answer === undefined) throw new Error("the bridge has no fetch");
    return answer;
  }, origin);
}

/** How many session objects there have ever been. */
export async function countObjects(): Promise<number> {
  return (await listDurableObjectIds(bindings.MCP_SESSIONS)).length;
}

export function sessionObject(session: string): DurableObjectStub {
  return bindings.MCP_SESSIONS.getByName(`streamable-http:${session.split(".")[0]}`);
}

/** Everything a session's object keeps: its key-value pairs, and the rows of its tables. */
export async function storedIn(session: string): Promise<{ readonly keys: number; readonly text: string }> {
  return runInDurableObject(sessionObject(session), async (_, { storage }) => {
    const pairs = [...(await storage.list())];
    const tables = storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    const rows = tables
      .filter(({ name }) => !name.startsWith("_cf_") && !name.startsWith("sqlite_"))
      .map(({ name }) => [name, storage.sql.exec(`SELECT * FROM "${name}"`).toArray()]);
    return { keys: pairs.length, text: JSON.stringify([pairs, rows]) };
  });
}

/** The lines that reached console.error so far; forgets them, because the test has now seen them. */
export function takeFailures(): readonly string[] {
  const lines = vi.mocked(console.error).mock.calls.map((line) => line.map(String).join(" "));
  vi.mocked(console.error).mockClear();
  return lines;
}

/** Waits for `text()` or gives up, so that an answer that never ends fails its test and nothing else. */
export async function textWithin(response: Response, ms = 2000): Promise<string> {
  const late = new Promise<string>((resolve) => setTimeout(() => resolve("(the answer never ended)"), ms));
  return Promise.race([response.text(), late]);
}
