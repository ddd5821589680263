// Cursor. From public reports: what servers wrote down of its registration (three redirect URIs at once, of which the desktop app uses
// `cursor://anysphere.cursor-mcp/oauth/callback`, its agents in the cloud the https one and older builds the loopback one), of its
// name `cursor-vscode 1.0.0`, and of the order in which it asks for lists. Its OAuth half is that of the TypeScript SDK, version 1: the
// order of the parameters is that package's. Guesses: the User-Agent of messages, and that it opens a stream and sends no DELETE,
// as that package does. Versions before 2026 sent capabilities that are booleans: one shape has them.

import { FORM, type HeaderLines, type Message, type Shape } from "./shape.ts";

const DESKTOP = "cursor://anysphere.cursor-mcp/oauth/callback";
const CLOUD = "https://www.cursor.com/agents/mcp/oauth/callback";
const LOOPBACK = "http://localhost:8787/callback";
const AGENT = { "user-agent": "Cursor/1.0.0" };

function messages(protocolVersion: string, capabilities: object): readonly Message[] {
  const clientInfo = { name: "cursor-vscode", version: "1.0.0" };
  return [
    {
      body: {
        method: "initialize",
        params: { protocolVersion, capabilities, clientInfo },
        jsonrpc: "2.0",
        id: 0,
      },
      answer: "initialized",
    },
    { body: { method: "notifications/initialized", jsonrpc: "2.0" }, answer: "accepted" },
    { method: "GET", headers: { accept: "text/event-stream" }, answer: "no stream" },
    { body: { method: "resources/list", jsonrpc: "2.0", id: 1 }, answer: "no such method" },
    { body: { method: "tools/list", jsonrpc: "2.0", id: 2 }, answer: "tools" },
    { body: { method: "prompts/list", jsonrpc: "2.0", id: 4 }, answer: "no such method" },
    {
      body: {
        method: "tools/call",
        params: { name: "search_notes", arguments: { query: "milk" } },
        jsonrpc: "2.0",
        id: 5,
      },
      answer: "notes",
    },
  ];
}

const later = (version: string): HeaderLines => ({ "mcp-session-id": "{session}", "mcp-protocol-version": version });

const cursor = {
  version: "September 2026",
  source: "from public reports",
  identity: {
    headers: { ...AGENT, "content-type": "application/json" },
    registers: {
      redirect_uris: [DESKTOP, CLOUD, LOOPBACK],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      client_name: "Cursor",
      scope: "profile:read",
    },
  },
  discovers: { ...AGENT, "mcp-protocol-version": "2025-11-25", accept: "application/json" },
  state: "eyJpZCI6InVzZXItZHJhd2JyaWRnZSIsIm4iOjF9",
  verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  authorizes: [
    ["response_type", "code"],
    ["client_id", "{client_id}"],
    ["code_challenge", "{challenge}"],
    ["code_challenge_method", "S256"],
    ["redirect_uri", "{redirect_uri}"],
    ["state", "{state}"],
    ["scope", "profile:read"],
    ["resource", "{resource}"],
  ],
  token: {
    headers: { ...AGENT, "content-type": FORM, accept: "application/json" },
    redeems: [
      ["grant_type", "authorization_code"],
      ["code", "{code}"],
      ["code_verifier", "{verifier}"],
      ["redirect_uri", "{redirect_uri}"],
      ["resource", "{resource}"],
      ["client_id", "{client_id}"],
    ],
    refreshes: [
      ["grant_type", "refresh_token"],
      ["refresh_token", "{refresh_token}"],
      ["resource", "{resource}"],
      ["client_id", "{client_id}"],
    ],
  },
  headers: { ...AGENT, accept: "application/json, text/event-stream", "content-type": "application/json" },
  later: later("2025-11-25"),
  messages: messages("2025-11-25", { roots: { listChanged: false }, elicitation: { form: {} } }),
} as const;

export const cursorEditor: readonly Shape[] = [
  { name: "Cursor", ...cursor, redirectUri: DESKTOP },
  { name: "Cursor, agents in the cloud", ...cursor, redirectUri: CLOUD },
  {
    name: "Cursor, older",
    ...cursor,
    version: "2025",
    redirectUri: LOOPBACK,
    later: later("2025-06-18"),
    messages: messages("2025-06-18", {
      tools: true,
      prompts: true,
      resources: true,
      logging: false,
      elicitation: {},
      roots: { listChanged: false },
    }),
  },
];
