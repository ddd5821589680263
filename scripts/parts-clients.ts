// What real clients see of a bridge that something was left out of (`npm run parts`).

import { globSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { createJourney, type Journey } from "../test/bridge/support/journey.ts";
import type { LocalBridge } from "./demo-bridge.ts";
import { check } from "./parts-check.ts";

export interface Connected {
  readonly journey: Journey;
  readonly token: string;
}

export async function connect({ origin }: LocalBridge): Promise<Connected> {
  const journey = createJourney((url, init) => fetch(url, init), origin);
  return { journey, token: (await journey.connect()).tokens.access_token };
}

export async function withoutMcpAgent(connected: Connected, bridge: LocalBridge): Promise<void> {
  await servesWithoutSessions(connected, bridge);
  const { journey, token } = connected;
  const ended = await journey.fetch(journey.resource, {
    method: "DELETE",
    headers: { authorization: `Bearer ${token}`, "mcp-session-id": "0" },
  });
  const words = await ended.text();
  check(ended.status === 405, `DELETE of a session: ${ended.status} ${words}`);
}

export async function served(connected: Connected): Promise<void> {
  await useOldClient(connected);
  check((await useModernClient(connected)) === "2026-07-28", "SDK v2 (auto) speaks 2026-07-28: listed and called");
}

export async function servesWithoutSessions(connected: Connected, { state }: LocalBridge): Promise<void> {
  const old = await useOldClient(connected);
  check(old.types.length > 2 && old.types.every((type) => type === "application/json"), "all of it plain JSON", old);
  check(old.session === undefined && !old.named, "no Mcp-Session-Id");
  check(sessionObjects(state) === 0, "no session object was made");
  check((await useModernClient(connected)) === "2026-07-28", "SDK v2 (auto) speaks 2026-07-28: listed and called");
}

export async function withoutStateless(connected: Connected, { state }: LocalBridge): Promise<void> {
  const old = await useOldClient(connected);
  check(old.session !== undefined && old.named, "it has a session");
  check(sessionObjects(state) > 0, "a session object was made");
  const version = await useModernClient(connected);
  check(version === "2025-11-25", `SDK v2 (auto) falls back to ${version}: listed and called`);
  const modern = await connected.journey.modern(connected.token, "tools/list");
  const words = await modern.text();
  check(modern.status === 400 && words.includes("-32022"), `a 2026-07-28 request: ${modern.status} ${words}`);
}

/** SDK v1, the 2025 protocol version: initialize, list, call. `types`: content types of the answers to what it posted. */
async function useOldClient({ journey, token }: Connected) {
  const types: string[] = [];
  let named = false;
  const listen = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(url, init);
    named ||= answer.headers.has("mcp-session-id");
    if (init?.method === "POST" && answer.status === 200) types.push(answer.headers.get("content-type") ?? "");
    return answer;
  };
  const transport = new StreamableHTTPClientTransport(new URL(journey.resource), {
    fetch: listen,
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const client = new Client({ name: "parts", version: "1.0.0" });
  // The SDK's own class does not fit its own interface under exactOptionalPropertyTypes.
  await client.connect(transport as Transport);
  const { tools } = await client.listTools();
  const { structuredContent } = await client.callTool({ name: "whoami", arguments: {} });
  const fits = tools.length > 0 && isNamed(structuredContent);
  check(fits, "SDK v1: initialized, listed and called", { tools, structuredContent });
  const session = transport.sessionId;
  await client.close();
  return { types, named, session };
}

/** SDK v2, which takes the newest protocol that it is offered. */
async function useModernClient({ journey, token }: Connected): Promise<string | undefined> {
  const client = new ModernClient({ name: "parts", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
  const authProvider = { token: async () => token };
  await client.connect(new ModernTransport(new URL(journey.resource), { authProvider }));
  const { tools } = await client.listTools();
  const { structuredContent } = await client.callTool({ name: "whoami", arguments: {} });
  const version = client.getNegotiatedProtocolVersion();
  await client.close();
  return tools.length > 0 && isNamed(structuredContent) ? version : undefined;
}

function isNamed(output: unknown): boolean {
  return typeof output === "object" && output !== null && "name" in output && isDeepStrictEqual(output.name, "ada");
}

/** One file for each Durable Object that was ever touched. */
function sessionObjects(state: string): number {
  const files = globSync(join(state, "v3", "do", "*McpSession*", "*.sqlite"));
  return files.filter((file) => !file.endsWith("metadata.sqlite")).length;
}
