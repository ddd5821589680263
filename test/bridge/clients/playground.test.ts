// The client manager of the Cloudflare AI Playground: `addMcpServer` of the agents SDK, in a second Worker.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import * as z from "zod";
import { ROOT } from "../../../scripts/wrangler.ts";
import { startWorker } from "../support/bridge-process.ts";
import { type User, visit } from "../support/browser.ts";
import { FIRST_TOOLS, noteOf, titlesOf, toolsOf } from "../support/results.ts";
import { putDown } from "../support/witness.ts";

const CONNECTED = z.object({ id: z.string(), state: z.literal("authenticating"), authUrl: z.url() });
const STATE = z.object({
  servers: z.record(z.string(), z.object({ state: z.string(), error: z.null(), auth_url: z.null() })),
  tools: z.unknown(),
  versions: z.array(z.string()),
});

test("the Playground's client manager signs in, reads, is refused a write, and writes when its user adds it anew", async (context) => {
  const playground = await startPlayground();
  const first = await playground.connect({ name: "playground" });
  expect(first.visited).toMatchObject({ asked: ["profile:read", "offline_access"], ticked: ["notes:read"] });
  expect(JSON.parse(first.visited.said)).toEqual({ serverId: first.id, authSuccess: true });

  const state = STATE.parse(await playground.post("state", {}));
  expect(state.servers).toMatchObject({ [first.id]: { state: "ready" } });
  expect(state.versions).toEqual(["2026-07-28"]);
  const tools = toolsOf(state);
  expect(tools).toEqual(FIRST_TOOLS);
  const search = { name: "search_notes", args: { query: "milk" } };
  expect(titlesOf(await playground.call(first.id, search))).toEqual([]);

  // Its SDK prepares a second consent, and the manager shows the link to nobody. "Locked" in the list is what its user has.
  const write = { name: "write_note", args: { title: "Shopping", text: "milk" } };
  await expect(playground.call(first.id, write)).rejects.toThrow("UnauthorizedError: Unauthorized");
  expect(titlesOf(await playground.call(first.id, search)), "a denial ends nothing").toEqual([]);

  await playground.post("disconnect", { serverId: first.id });
  const second = await playground.connect({ name: "playground", tick: ["notes:read", "notes:write"] });
  expect(noteOf(await playground.call(second.id, write))).toBeDefined();
  expect(titlesOf(await playground.call(second.id, search))).toEqual(["Shopping"]);
  putDown(context, {
    client: "AI Playground's client manager",
    package: "agents",
    version: state.versions.join(", "),
    tools,
    refused: "says Unauthorized; the list shows what is locked; its user adds the server anew",
    consents: [first, second].length,
  });
});

async function startPlayground() {
  const folder = join(ROOT, "test/bridge/clients/playground-host");
  const config = await readFile(join(folder, "wrangler.toml"), "utf8");
  const host = await startWorker({ entry: join(folder, "index.ts"), config, says: "playground host" });
  onTestFinished(() => host.stop());

  async function post(action: string, body: object): Promise<unknown> {
    const init = { method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(`${host.origin}/agents/playground/one/${action}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${text}\n${host.output()}`);
    return JSON.parse(text);
  }

  async function connect(user: User) {
    const { id, authUrl } = CONNECTED.parse(await post("connect", { url: `${inject("bridge")}/mcp` }));
    return { id, visited: await visit(authUrl, user) };
  }

  async function call(serverId: string, { name, args }: { name: string; args: object }): Promise<unknown> {
    const outcome = (await post("call", { serverId, name, args })) as { result?: unknown; error?: string };
    if (outcome.error !== undefined) throw new Error(outcome.error);
    return outcome.result;
  }

  return { post, connect, call };
}
