// Codex CLI 0.169.0. Recorded: its own binary in front of this bridge, `codex mcp login` and a turn of `codex exec` whose model was a
// double that asked for one call. Where the bridge takes client ids that are URLs, it is https://chatgpt.com/oauth/codex/client.json;
// else it registers. It asks for an old version while it discovers, accepts anything there, and refreshes with every scope it
// was given and `offline_access`. As a URL it was recorded as far as the authorization request: a bridge without internet fetches no
// document. Guesses: the rest of that way, and what the document says beyond its redirect URIs and its method.

import { FORM, type Shape } from "./shape.ts";

const AGENT = { "user-agent": "codex-mcp-client/0.169.0" };
const DISCOVERS = { ...AGENT, "mcp-protocol-version": "2024-11-05", accept: "*/*" };
const THREAD = "01a2124b-8070-7833-873a-a699938f84a7";

const codex = {
  version: "0.169.0",
  source: "recorded",
  knock: { method: "GET", headers: DISCOVERS },
  discovers: DISCOVERS,
  redirectUri: "http://127.0.0.1:33177/callback",
  state: "flTH7jVk7NVCky3hPzxdsw",
  verifier: "SQIN4uXe5X9kAx5wbmvKFyEP1MwhSrltqjoTzeqL83o",
  authorizes: [
    ["response_type", "code"],
    ["client_id", "{client_id}"],
    ["state", "{state}"],
    ["code_challenge", "{challenge}"],
    ["code_challenge_method", "S256"],
    ["redirect_uri", "{redirect_uri}"],
    ["scope", "profile:read offline_access"],
    ["resource", "{resource}"],
  ],
  token: {
    headers: { ...AGENT, accept: "application/json", "content-type": FORM },
    redeems: [
      ["grant_type", "authorization_code"],
      ["code", "{code}"],
      ["code_verifier", "{verifier}"],
      ["client_id", "{client_id}"],
      ["redirect_uri", "{redirect_uri}"],
      ["resource", "{resource}"],
    ],
    refreshes: [
      ["grant_type", "refresh_token"],
      ["refresh_token", "{refresh_token}"],
      ["scope", "profile:read notes:read offline_access"],
      ["client_id", "{client_id}"],
      ["resource", "{resource}"],
    ],
  },
  headers: { ...AGENT, accept: "text/event-stream, application/json", "content-type": "application/json" },
  later: { "mcp-protocol-version": "2025-06-18", "mcp-session-id": "{session}" },
  messages: [
    {
      body: {
        jsonrpc: "2.0",
        id: 0,
        method: "initialize",
        params: {
          protocolVersion: "2025-06-18",
          capabilities: { elicitation: { form: {}, url: {} } },
          clientInfo: { name: "codex-mcp-client", title: "Codex", version: "0.169.0" },
        },
      },
      answer: "initialized",
    },
    { body: { jsonrpc: "2.0", method: "notifications/initialized" }, answer: "accepted" },
    { method: "GET", answer: "no stream" },
    { body: { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: { progressToken: 0 } } }, answer: "tools" },
    {
      body: {
        jsonrpc: "2.0",
        id: 2,
        method: "tools/call",
        params: {
          _meta: {
            callId: "call_1",
            "x-codex-turn-metadata": {
              session_id: THREAD,
              thread_id: THREAD,
              model: "model",
              turn_id: "01a2124b-8097-71b3-9195-bf0ff503bd62",
              turn_started_at_unix_ms: 1795603267740,
              thread_source: "user",
              turn_trigger: "exec",
              sandbox: "seccomp",
              sandbox_mode: "read-only",
              auto_review_enabled: false,
              codex_version: "0.169.0",
            },
            threadId: THREAD,
            sessionId: THREAD,
            windowId: `${THREAD}:0`,
            itemId: "fc_1",
            progressToken: 1,
          },
          name: "search_notes",
          arguments: { query: "milk" },
        },
      },
      answer: "notes",
    },
    { method: "DELETE", headers: { accept: "*/*" }, answer: "ended" },
  ],
} as const;

const DOCUMENT = "https://chatgpt.com/oauth/codex/client.json";

export const codexCli: readonly Shape[] = [
  {
    name: "Codex CLI",
    ...codex,
    identity: {
      url: DOCUMENT,
      document: {
        client_id: DOCUMENT,
        client_name: "Codex",
        client_uri: "https://chatgpt.com/",
        application_type: "native",
        redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
    },
  },
  {
    name: "Codex CLI, registers",
    ...codex,
    identity: {
      headers: { ...AGENT, "content-type": "application/json", accept: "*/*" },
      registers: {
        client_name: "Codex",
        redirect_uris: ["http://127.0.0.1:33177/callback"],
        grant_types: ["authorization_code", "refresh_token"],
        token_endpoint_auth_method: "none",
        response_types: ["code"],
        scope: "profile:read offline_access",
        application_type: "native",
      },
    },
  },
];
