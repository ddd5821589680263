// ChatGPT's hosted connector. From public reports: its client metadata document as servers fetched it, captures of its messages (it
// tries `server/discover` first, under an id of its own, and its calls carry `openai/…` in `_meta` and tracing headers), and its
// callbacks: one for all with a bridge that sends `iss`, else one for each connector. It prefers to prove itself with a key
// (`private_key_jwt`, RS256) and can do without. Guesses: the order of the parameters, the User-Agent of its OAuth requests,
// the registration's body, and that it goes on in 2026-07-28 once `server/discover` is answered.

import { FORM, type Message, type Pairs, type Shape } from "./shape.ts";

const AGENT = { "user-agent": "openai-mcp/1.0.0" };
const CALLBACK = "https://chatgpt.com/connector_platform_oauth_redirect";
const OWN_CALLBACK = "https://chatgpt.com/connector/oauth/vG3-MLZWUV83";
const CAPABILITIES = {
  experimental: { "openai/visibility": { enabled: true } },
  extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } },
};
const CLIENT_INFO = { name: "openai-mcp", version: "1.0.0" };
const TRACING = {
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "dd=s:1;p:b7ad6b7169203331",
  "x-datadog-trace-id": "9532127138774266268",
};
const CALL = {
  name: "search_notes",
  arguments: { query: "milk" },
};
const ABOUT = {
  "openai/userAgent": "Mozilla/5.0 (X11; Linux x64) Chrome/152",
  "openai/locale": "en-US",
  "openai/userLocation": { city: "Oslo", country: "NO", timezone: "Europe/Oslo", latitude: "59.9", longitude: "10.7" },
  "openai/subject": "v1/subject",
  "openai/session": "v1/session",
};
const ASKED_BY = { "x-openai-session": "v1/session", "x-openai-subject": "v1/subject" };

function stateless(id: string | number, method: string, params: object, more: Partial<Message>): Message {
  const { _meta, ...rest } = { _meta: {}, ...params };
  const meta = {
    ..._meta,
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": CLIENT_INFO,
    "io.modelcontextprotocol/clientCapabilities": CAPABILITIES,
  };
  return {
    answer: "tools",
    ...more,
    headers: { "mcp-method": method, ...more.headers },
    body: { jsonrpc: "2.0", id, method, params: { ...rest, _meta: meta } },
  };
}

const chatGpt = {
  version: "August 2026",
  source: "from public reports",
  discovers: AGENT,
  redirectUri: CALLBACK,
  state: "oauth_s_6a1f0e2b9c7d4e5f8a9b0c1d2e3f4a5b",
  verifier: "q".repeat(64),
  authorizes: [
    ["response_type", "code"],
    ["client_id", "{client_id}"],
    ["redirect_uri", "{redirect_uri}"],
    ["state", "{state}"],
    ["scope", "profile:read offline_access"],
    ["code_challenge", "{challenge}"],
    ["code_challenge_method", "S256"],
    ["resource", "{resource}"],
  ] satisfies Pairs,
  headers: {
    ...AGENT,
    ...TRACING,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": "2026-07-28",
  },
  later: {},
  messages: [
    stateless("openai-mcp-discover", "server/discover", {}, { answer: "discovered" }),
    stateless(1, "tools/list", {}, { answer: "tools" }),
    stateless(
      0,
      "tools/call",
      { ...CALL, _meta: ABOUT },
      { answer: "notes", headers: { "mcp-name": "search_notes", ...ASKED_BY } },
    ),
  ],
} as const;

const REDEEMS = [
  ["grant_type", "authorization_code"],
  ["code", "{code}"],
  ["redirect_uri", "{redirect_uri}"],
  ["code_verifier", "{verifier}"],
  ["client_id", "{client_id}"],
  ["resource", "{resource}"],
] satisfies Pairs;
const REFRESHES = [
  ["grant_type", "refresh_token"],
  ["refresh_token", "{refresh_token}"],
  ["client_id", "{client_id}"],
  ["resource", "{resource}"],
] satisfies Pairs;
const PROVES = [
  ["client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
  ["client_assertion", "{assertion}"],
] satisfies Pairs;
const HEADERS = { ...AGENT, "content-type": FORM, accept: "application/json" };

function documentAt(url: string, redirectUri: string) {
  const keysAt = "https://chatgpt.com/oauth/jwks.json";
  return {
    url,
    keysAt,
    document: {
      client_id: url,
      client_uri: "https://chatgpt.com/",
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      client_name: "ChatGPT",
      logo_uri: "https://persistent.oaistatic.com/sonic/misc/openai-logo.png",
      token_endpoint_auth_signing_alg: "RS256",
      jwks_uri: keysAt,
    },
  };
}

const session = {
  headers: { ...AGENT, ...TRACING, accept: "application/json, text/event-stream", "content-type": "application/json" },
  later: { "mcp-protocol-version": "2025-11-25", "mcp-session-id": "{session}" },
  messages: [
    {
      body: {
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: { protocolVersion: "2025-11-25", capabilities: CAPABILITIES, clientInfo: CLIENT_INFO },
      },
      answer: "initialized",
    },
    { body: { jsonrpc: "2.0", method: "notifications/initialized" }, answer: "accepted" },
    { body: { jsonrpc: "2.0", id: 1, method: "tools/list" }, answer: "tools" },
    {
      headers: ASKED_BY,
      body: { jsonrpc: "2.0", id: 0, method: "tools/call", params: { ...CALL, _meta: ABOUT } },
      answer: "notes",
    },
  ],
} as const;

export const chatGptConnector: readonly Shape[] = [
  {
    name: "ChatGPT",
    ...chatGpt,
    identity: documentAt("https://chatgpt.com/oauth/client.json", CALLBACK),
    token: { headers: HEADERS, redeems: [...REDEEMS, ...PROVES], refreshes: [...REFRESHES, ...PROVES] },
  },
  {
    name: "ChatGPT, a connector of its own, without a key",
    ...chatGpt,
    ...session,
    redirectUri: OWN_CALLBACK,
    identity: documentAt("https://chatgpt.com/oauth/vG3-MLZWUV83/client.json", OWN_CALLBACK),
    token: { headers: HEADERS, redeems: REDEEMS, refreshes: REFRESHES },
  },
  {
    name: "ChatGPT, registers",
    ...chatGpt,
    ...session,
    identity: {
      headers: { ...AGENT, "content-type": "application/json" },
      registers: {
        client_name: "ChatGPT",
        redirect_uris: [CALLBACK],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
    },
    token: { headers: HEADERS, redeems: REDEEMS, refreshes: REFRESHES },
  },
];
