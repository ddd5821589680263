// Claude: the hosted connector (claude.ai, the desktop app, Cowork) and Claude Code. From public reports: both client metadata documents
// as servers fetched them; the connector's registration, which asks for `client_secret_post`; its callback; its agents `Claude-User`
// and `python-httpx/0.28.1`; its `initialize` of 2026 and the one before, which came with Accept `*/*` and named no protocol version
// later. Claude Code is built on the TypeScript SDK, version 1, and listens on a free port under /callback. Guesses: the order and
// the `resource` of the connector's token requests, Claude Code's exact version, and who sends GET or DELETE.

import { FORM, type Message, type Pairs, type Shape } from "./shape.ts";

const CALLBACK = "https://claude.ai/api/mcp/auth_callback";
const USER = { "user-agent": "Claude-User" };
const HTTPX = { "user-agent": "python-httpx/0.28.1", accept: "*/*", "accept-encoding": "gzip, deflate" };
const CLI = { "user-agent": "claude-code/2.1.226 (cli)" };
const JSON_TYPE = { "content-type": "application/json" };
const BOTH = { accept: "application/json, text/event-stream" };

function messages(id: number, params: object, more: readonly Message[] = []): readonly Message[] {
  const call = { name: "search_notes", arguments: { query: "milk" } };
  return [
    { body: { method: "initialize", params, jsonrpc: "2.0", id }, answer: "initialized" },
    { body: { method: "notifications/initialized", jsonrpc: "2.0" }, answer: "accepted" },
    ...more,
    { body: { method: "tools/list", jsonrpc: "2.0", id: id + 1 }, answer: "tools" },
    { body: { method: "tools/call", params: call, jsonrpc: "2.0", id: id + 2 }, answer: "notes" },
  ];
}

const AUTHORIZES = [
  ["response_type", "code"],
  ["client_id", "{client_id}"],
  ["redirect_uri", "{redirect_uri}"],
  ["code_challenge", "{challenge}"],
  ["code_challenge_method", "S256"],
  ["state", "{state}"],
  ["scope", "profile:read offline_access"],
  ["resource", "{resource}"],
] satisfies Pairs;

const REDEEMS = [
  ["grant_type", "authorization_code"],
  ["code", "{code}"],
  ["redirect_uri", "{redirect_uri}"],
  ["client_id", "{client_id}"],
  ["code_verifier", "{verifier}"],
  ["resource", "{resource}"],
] satisfies Pairs;
const REFRESHES = [
  ["grant_type", "refresh_token"],
  ["refresh_token", "{refresh_token}"],
  ["client_id", "{client_id}"],
  ["resource", "{resource}"],
] satisfies Pairs;
const SECRET = [["client_secret", "{client_secret}"]] satisfies Pairs;

const CONNECTOR = "https://claude.ai/oauth/mcp-oauth-client-metadata";
const connector = {
  version: "September 2026",
  source: "from public reports",
  discovers: HTTPX,
  redirectUri: CALLBACK,
  state: "hO0sYQ7Cw3g8cQvTn3o1a2b3c4d5e6f7",
  verifier: "Rk9PQkFSQkFafn4tLl9aYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg",
  authorizes: AUTHORIZES,
  later: { "mcp-session-id": "{session}", "mcp-protocol-version": "2025-11-25" },
} as const;

const CODE = "https://claude.ai/oauth/claude-code-client-metadata";
const claudeCode = {
  version: "2.1",
  source: "from public reports",
  discovers: { ...CLI, "mcp-protocol-version": "2025-11-25", accept: "application/json" },
  redirectUri: "http://localhost:55611/callback",
  state: "Zk1wR2tqS2hXbWQ3QVpnU3FYcw",
  verifier: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  authorizes: [
    ["response_type", "code"],
    ["client_id", "{client_id}"],
    ["code_challenge", "{challenge}"],
    ["code_challenge_method", "S256"],
    ["redirect_uri", "{redirect_uri}"],
    ["state", "{state}"],
    ["scope", "profile:read offline_access"],
    ["prompt", "consent"],
    ["resource", "{resource}"],
  ],
  token: {
    headers: { ...CLI, "content-type": FORM, accept: "application/json" },
    redeems: REDEEMS,
    refreshes: REFRESHES,
  },
  headers: { ...CLI, ...BOTH, ...JSON_TYPE },
  later: { "mcp-session-id": "{session}", "mcp-protocol-version": "2025-11-25" },
  messages: messages(
    0,
    {
      protocolVersion: "2025-11-25",
      capabilities: { roots: {}, elicitation: {} },
      clientInfo: { name: "claude-code", title: "Claude Code", version: "2.1.226" },
    },
    [{ method: "GET", headers: { accept: "text/event-stream" }, answer: "no stream" }],
  ),
} as const;

export const claude: readonly Shape[] = [
  {
    name: "Claude, hosted connector",
    ...connector,
    identity: {
      url: CONNECTOR,
      document: {
        client_id: CONNECTOR,
        client_name: "Claude",
        client_uri: "https://claude.ai",
        redirect_uris: [CALLBACK],
        grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
    },
    token: { headers: { ...HTTPX, "content-type": FORM }, redeems: REDEEMS, refreshes: REFRESHES },
    headers: { ...USER, ...BOTH, ...JSON_TYPE },
    messages: messages(0, {
      protocolVersion: "2025-11-25",
      capabilities: { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } } },
      clientInfo: { name: "Anthropic/ClaudeAI", version: "1.0.0" },
      _meta: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
    }),
  },
  {
    name: "Claude, hosted connector, registers",
    ...connector,
    identity: {
      headers: { ...HTTPX, ...JSON_TYPE },
      registers: {
        client_name: "Claude",
        redirect_uris: [CALLBACK],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "client_secret_post",
        scope: "profile:read offline_access",
      },
    },
    token: {
      headers: { ...HTTPX, "content-type": FORM },
      redeems: [...REDEEMS, ...SECRET],
      refreshes: [...REFRESHES, ...SECRET],
    },
    headers: { ...USER, ...JSON_TYPE, accept: "*/*" },
    later: { "mcp-session-id": "{session}" },
    messages: messages(1, {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "Anthropic", version: "1.0.0" },
    }),
  },
  {
    name: "Claude Code",
    ...claudeCode,
    identity: {
      url: CODE,
      document: {
        client_id: CODE,
        client_name: "Claude Code",
        client_uri: "https://claude.ai",
        redirect_uris: ["http://localhost/callback", "http://127.0.0.1/callback"],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
    },
  },
  {
    name: "Claude Code, registers",
    ...claudeCode,
    identity: {
      headers: { ...CLI, ...JSON_TYPE },
      registers: {
        client_name: "Claude Code (drawbridge)",
        redirect_uris: ["http://localhost:55611/callback"],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        scope: "profile:read",
      },
    },
  },
];
