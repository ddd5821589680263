// @modelcontextprotocol/sdk 1.32.2, which most of today's clients are built on. It knows no step-up: on a 403 it refreshes its
// token, tries once more and gives up. So the words of the denial have to reach its user, who connects anew and ticks more.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions,
} from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { expect, inject, onTestFinished, test } from "vitest";
import type { User } from "../support/browser.ts";
import { createApp } from "../support/oauth-app.ts";
import { FIRST_TOOLS, noteOf, titlesOf, toolsOf } from "../support/results.ts";
import { putDown } from "../support/witness.ts";

const SEARCH = { name: "search_notes", arguments: { query: "milk" } };
const WRITE = { name: "write_note", arguments: { title: "Shopping", text: "milk" } };

test("SDK v1 signs in from nothing, reads, is refused a write for good, and writes when its user connects anew", async (context) => {
  const { client, transport, app } = await connectApp({ name: "sdk-v1" });
  expect(transport.protocolVersion).toBe("2025-11-25");
  const tools = toolsOf(await client.listTools());
  expect(tools).toEqual(FIRST_TOOLS);
  expect(titlesOf(await client.callTool(SEARCH))).toEqual([]);
  expect(app.visits).toMatchObject([{ asked: ["profile:read"], ticked: ["notes:read"] }]);

  await denialOf(client);
  expect(app.visits, "no second consent page").toHaveLength(1);
  expect(titlesOf(await client.callTool(SEARCH)), "a denial ends nothing").toEqual([]);

  const again = await connectApp({ name: "sdk-v1", tick: ["notes:read", "notes:write"] });
  expect(noteOf(await again.client.callTool(WRITE))).toBeDefined();
  expect(titlesOf(await client.callTool(SEARCH))).toEqual(["Shopping"]);
  putDown(context, {
    client: "SDK v1",
    package: "@modelcontextprotocol/sdk",
    version: transport.protocolVersion ?? "",
    tools,
    refused: "shows its user the scope and what to do; its user connects anew",
    consents: app.visits.length + again.app.visits.length,
  });
});

test("SDK v1 with a bearer token of its own shows its user the scope and what to do", async () => {
  const { app } = await connectApp({ name: "sdk-v1-bearer" });
  const headers = { authorization: `Bearer ${app.provider.tokens()?.access_token}` };
  const { client } = await connect({ requestInit: { headers } });
  expect(titlesOf(await client.callTool(SEARCH))).toEqual([]);
  const words = await denialOf(client);
  expect(words).toContain("notes:write");
  expect(words).toContain("Reconnect and tick");
});

// With a refresh token this SDK replaces our words by its own, "Server returned 403 after trying upscoping".
test("SDK v1 with an OAuth provider shows its user the scope and what to do", async () => {
  const { client } = await connectApp({ name: "sdk-v1-words" });
  expect(titlesOf(await client.callTool(SEARCH))).toEqual([]);
  const words = await denialOf(client);
  expect(words).toContain("notes:write");
  expect(words).toContain("Reconnect and tick");
});

/** What the user is told about a write that is refused: the SDK's error, or a result marked as one. */
async function denialOf(client: Client): Promise<string> {
  const outcome = await client.callTool(WRITE).then(
    (result) => (result.isError === true ? JSON.stringify(result.content) : undefined),
    (error: unknown) => String(error),
  );
  if (outcome === undefined) throw new Error("the write was not refused");
  return outcome;
}

async function connectApp(user: User) {
  const app = await createApp("SDK v1", user);
  onTestFinished(() => void app.close());
  const options = { authProvider: app.provider };
  const first = new StreamableHTTPClientTransport(new URL(`${inject("bridge")}/mcp`), options);
  await expect(new Client({ name: "test", version: "1" }).connect(first)).rejects.toThrow("Unauthorized");
  await first.finishAuth(app.callback().get("code") ?? "");
  return { app, ...(await connect(options)) };
}

async function connect(options: StreamableHTTPClientTransportOptions) {
  const transport = new StreamableHTTPClientTransport(new URL(`${inject("bridge")}/mcp`), options);
  const client = new Client({ name: "test", version: "1" });
  // The SDK's own two type sets disagree about an absent session id under exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<Client["connect"]>[0]);
  onTestFinished(() => client.close());
  return { client, transport };
}
