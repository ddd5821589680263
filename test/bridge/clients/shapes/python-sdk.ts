// The Python SDK, `mcp` 2.3.0 with httpx2 2.13.1, at its defaults. Recorded: its own client in front of this bridge, through a proxy
// that wrote down every request. (Only from the token request on did the recording need help: the proxy left `client_id` out.)
// It registers without `token_endpoint_auth_method`, is given a secret, and then names itself twice: by Basic and in the form.
// OAuth requests carry no User-Agent and no Accept. Nothing here is a guess but the random values.

import { FORM, type Message, type Shape } from "./shape.ts";

const CLIENT_INFO = { name: "mcp", version: "0.1.0" };
const NOTES = { name: "search_notes", arguments: { query: "milk" } };

const oauth = {
  version: "2.3.0",
  source: "recorded",
  identity: {
    headers: { "content-type": "application/json" },
    registers: {
      response_types: ["code"],
      scope: "profile:read offline_access",
      client_name: "Example",
      redirect_uris: ["http://127.0.0.1:3030/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      application_type: "native",
    },
  },
  discovers: { "mcp-protocol-version": "2026-07-28" },
  redirectUri: "http://127.0.0.1:3030/callback",
  state: "BwoYV_gGLhaVx9DiHylBAALYvi2lg9TxU5VlvUGD6b4",
  verifier: `d5nlZtua2akXy-XW1P9qf7.NIPbTYXNT2EWAv-MA~UFoClCvaa_VNVh3~n8zZF2J${"x".repeat(62)}`,
  authorizes: [
    ["response_type", "code"],
    ["client_id", "{client_id}"],
    ["redirect_uri", "{redirect_uri}"],
    ["state", "{state}"],
    ["code_challenge", "{challenge}"],
    ["code_challenge_method", "S256"],
    ["resource", "{resource}"],
    ["scope", "profile:read offline_access"],
    ["prompt", "consent"],
  ],
  token: {
    headers: { "content-type": FORM, authorization: "Basic {basic}" },
    redeems: [
      ["grant_type", "authorization_code"],
      ["code", "{code}"],
      ["redirect_uri", "{redirect_uri}"],
      ["client_id", "{client_id}"],
      ["code_verifier", "{verifier}"],
      ["resource", "{resource}"],
    ],
    refreshes: [
      ["grant_type", "refresh_token"],
      ["refresh_token", "{refresh_token}"],
      ["client_id", "{client_id}"],
      ["resource", "{resource}"],
    ],
  },
} as const;

const HEADERS = {
  "accept-encoding": "gzip, deflate",
  "user-agent": "python-httpx2/2.13.1",
  accept: "application/json, text/event-stream",
  "content-type": "application/json",
};

function stateless(id: number, method: string, params: object, answer: Message["answer"], name?: string): Message {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": CLIENT_INFO,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const headers = { "mcp-method": method, ...(name === undefined ? {} : { "mcp-name": name }) };
  return { headers, body: { jsonrpc: "2.0", id, method, params: { ...params, _meta } }, answer };
}

export const pythonSdk: readonly Shape[] = [
  {
    name: "Python SDK",
    ...oauth,
    headers: { ...HEADERS, "mcp-protocol-version": "2026-07-28" },
    later: {},
    messages: [
      stateless(1, "server/discover", {}, "discovered"),
      stateless(2, "tools/list", {}, "tools"),
      stateless(3, "tools/call", NOTES, "notes", "search_notes"),
    ],
  },
  {
    name: "Python SDK, mode legacy",
    ...oauth,
    headers: HEADERS,
    later: { "mcp-session-id": "{session}", "mcp-protocol-version": "2025-11-25" },
    messages: [
      {
        body: {
          jsonrpc: "2.0",
          id: 1,
          method: "initialize",
          params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: CLIENT_INFO },
        },
        answer: "initialized",
      },
      { body: { jsonrpc: "2.0", method: "notifications/initialized" }, answer: "accepted" },
      { method: "GET", headers: { "cache-control": "no-store" }, answer: "no stream" },
      { body: { jsonrpc: "2.0", id: 2, method: "tools/list" }, answer: "tools" },
      { body: { jsonrpc: "2.0", id: 3, method: "tools/call", params: NOTES }, answer: "notes" },
      { method: "DELETE", answer: "ended" },
    ],
  },
];
