// @modelcontextprotocol/client 2.4.0, as the author of an app uses it: default and automatic version negotiation, and the
// step-up that this SDK knows.

import {
  Client,
  type ClientOptions,
  InsufficientScopeError,
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions,
  UnauthorizedError,
  UrlElicitationRequiredError,
} from "@modelcontextprotocol/client";
import { expect, inject, onTestFinished, test } from "vitest";
import { createApp } from "../support/oauth-app.ts";
import { approvalOf, FIRST_TOOLS, noteOf, titlesOf, toolsOf } from "../support/results.ts";
import { putDown } from "../support/witness.ts";

const SEARCH = { name: "search_notes", arguments: { query: "milk" } };
const WRITE = { name: "write_note", arguments: { title: "Shopping", text: "milk" } };

for (const { mode, version } of [
  { mode: "default", version: "2025-11-25" },
  { mode: "auto", version: "2026-07-28" },
] as const) {
  test(`SDK v2 (${mode}) signs in from nothing, reads, is refused a write, re-authorizes and writes, speaking ${version}`, async (context) => {
    const { app, client, transport } = await connect(
      `sdk-v2-${mode}`,
      mode === "auto" ? { versionNegotiation: { mode } } : {},
    );
    expect(client.getNegotiatedProtocolVersion()).toBe(version);
    const tools = toolsOf(await client.listTools());
    expect(tools).toEqual(FIRST_TOOLS);
    expect(titlesOf(await client.callTool(SEARCH))).toEqual([]);

    await expect(client.callTool(WRITE)).rejects.toThrow(UnauthorizedError);
    await transport.finishAuth(app.callback());
    expect(app.visits.map(({ asked, ticked }) => ({ asked, ticked }))).toEqual([
      { asked: ["profile:read", "offline_access"], ticked: ["notes:read"] },
      { asked: ["profile:read", "notes:read", "notes:write", "offline_access"], ticked: ["notes:read", "notes:write"] },
    ]);
    expect(noteOf(await client.callTool(WRITE))).toBeDefined();
    expect(titlesOf(await client.callTool(SEARCH))).toEqual(["Shopping"]);
    putDown(context, {
      client: `SDK v2, ${mode} negotiation`,
      package: "@modelcontextprotocol/client",
      version,
      tools,
      refused: "sends its user to the consent page; the app repeats the call",
      consents: app.visits.length,
    });
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

test("SDK v2 shows its user the link when it elicits URLs, and its own yes deletes nothing, in both protocol versions", async () => {
  const tick = ["notes:read", "notes:write", "notes:delete"];
  const capabilities = { elicitation: { url: {} } };
  for (const mode of ["legacy", "auto"] as const) {
    const { client } = await connect(
      `sdk-v2-elicits-${mode}`,
      { versionNegotiation: { mode }, capabilities },
      {},
      tick,
    );
    const shown: unknown[] = [];
    client.setRequestHandler("elicitation/create", ({ params }) => {
      shown.push("url" in params ? params.url : params);
      return { action: "accept" };
    });
    const id = noteOf(await client.callTool(WRITE));
    const erase = { name: "delete_note", arguments: { id } };
    if (mode === "legacy") {
      const error = await client.callTool(erase).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UrlElicitationRequiredError);
      const { elicitations, message } = error as UrlElicitationRequiredError;
      expect(elicitations).toMatchObject([{ mode: "url", url: expect.stringContaining("/approvals/") }]);
      expect(message).toContain(elicitations[0]?.url);
    } else {
      // It answers by itself, asks again with its answer, and is told in words that the user has not decided.
      const link = approvalOf(await client.callTool(erase));
      expect(shown).toEqual([link]);
    }
    expect(titlesOf(await client.callTool(SEARCH))).toEqual(["Shopping"]);
  }
});

async function connect(
  name: string,
  options: ClientOptions,
  more: StreamableHTTPClientTransportOptions = {},
  tick?: readonly string[],
) {
  const app = await createApp("SDK v2", { name, tick });
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
