// @modelcontextprotocol/client 2.4.0, as the author of an app uses it: default and automatic version negotiation, and the
// step-up that this SDK knows.

import {
  Client,
  type ClientOptions,
  InsufficientScopeError,
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { expect, inject, onTestFinished, test } from "vitest";
import { createApp } from "../support/oauth-app.ts";
import { noteOf, titlesOf, toolsOf } from "../support/results.ts";

const SEARCH = { name: "search_notes", arguments: { query: "milk" } };
const WRITE = { name: "write_note", arguments: { title: "Shopping", text: "milk" } };

for (const { mode, era } of [
  { mode: "legacy", era: "2025-11-25" },
  { mode: "auto", era: "2026-07-28" },
] as const) {
  test(`SDK v2 (${mode}) signs in from nothing, reads, is refused a write, re-authorizes and writes, speaking ${era}`, async () => {
    const { app, client, transport } = await connect(`sdk-v2-${mode}`, { versionNegotiation: { mode } });
    expect(client.getNegotiatedProtocolVersion()).toBe(era);
    expect(toolsOf(await client.listTools())).toEqual({
      whoami: "open",
      search_notes: "open",
      read_note: "open",
      write_note: "locked",
      delete_note: "locked",
      fetch_page: "locked",
    });
    expect(titlesOf(await client.callTool(SEARCH))).toEqual([]);

    await expect(client.callTool(WRITE)).rejects.toThrow(UnauthorizedError);
    await transport.finishAuth(app.callback());
    expect(app.visits.map(({ asked, ticked }) => ({ asked, ticked }))).toEqual([
      { asked: ["profile:read", "offline_access"], ticked: ["notes:read"] },
      { asked: ["profile:read", "notes:read", "notes:write", "offline_access"], ticked: ["notes:read", "notes:write"] },
    ]);
    expect(noteOf(await client.callTool(WRITE))).toBeDefined();
    expect(titlesOf(await client.callTool(SEARCH))).toEqual(["Shopping"]);
  });
}

test("SDK v2 that must not re-authorize hands its app the scopes to ask for, and our words", async () => {
  const { app, client } = await connect("sdk-v2-throw", {}, { onInsufficientScope: "throw" });
  expect(titlesOf(await client.callTool(SEARCH))).toEqual([]);
  const error = await client.callTool(WRITE).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InsufficientScopeError);
  expect(error).toMatchObject({
    requiredScope: "profile:read notes:read notes:write",
    errorDescription: expect.stringContaining("Reconnect and tick notes:write"),
  });
  expect(app.visits).toHaveLength(1);
});

async function connect(name: string, options: ClientOptions, more: StreamableHTTPClientTransportOptions = {}) {
  const app = await createApp("SDK v2", { name });
  const client = new Client({ name: "test", version: "1" }, options);
  onTestFinished(async () => {
    await client.close();
    app.close();
  });
  const open = () =>
    new StreamableHTTPClientTransport(new URL(`${inject("bridge")}/mcp`), { authProvider: app.provider, ...more });
  const first = open();
  await expect(client.connect(first)).rejects.toThrow(UnauthorizedError);
  await first.finishAuth(app.callback());
  const transport = open();
  await client.connect(transport);
  return { app, client, transport };
}
