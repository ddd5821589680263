// Visual Studio Code. From its source code (`oauth.ts`, `extHostMcp.ts`, the dynamic authentication provider) and from traces in public
// issues (version 1.115: capabilities; an authorization request of a URL client). With a bridge that takes URLs it is
// https://vscode.dev/oauth/client-metadata.json; else it registers, with four redirect URIs now and six once. The first flow is
// loopback on port 33418 or a free one, the second https://vscode.dev/redirect with a URI as its state. Guesses: the
// User-Agent of its token request, `resource` in the older forms (left out, as the code does), and which two of the six were extra.

import { FORM, type Pairs, type Shape } from "./shape.ts";

const AGENT = { "user-agent": "Visual Studio Code/1.115.0" };
const LOOPBACK = "http://127.0.0.1:33418/";
const BACK = "https://vscode.dev/redirect";

const code = {
  version: "1.115",
  source: "from its source code",
  discovers: { ...AGENT, accept: "application/json" },
  state: "gXVXo0/iMD8WMolDHKxSTg==",
  verifier: "0123456789abcdef".repeat(4),
  authorizes: [
    ["client_id", "{client_id}"],
    ["response_type", "code"],
    ["code_challenge", "{challenge}"],
    ["code_challenge_method", "S256"],
    ["scope", "profile:read"],
    ["resource", "{resource}"],
    ["redirect_uri", "{redirect_uri}"],
    ["state", "{state}"],
  ] satisfies Pairs,
  token: {
    headers: { "user-agent": "node", "content-type": FORM, accept: "application/json" },
    redeems: [
      ["client_id", "{client_id}"],
      ["grant_type", "authorization_code"],
      ["code", "{code}"],
      ["redirect_uri", "{redirect_uri}"],
      ["code_verifier", "{verifier}"],
    ],
    refreshes: [
      ["client_id", "{client_id}"],
      ["grant_type", "refresh_token"],
      ["refresh_token", "{refresh_token}"],
    ],
  },
  headers: { ...AGENT, accept: "text/event-stream, application/json", "content-type": "application/json" },
  // This version names the session and not the protocol version.
  later: { "mcp-session-id": "{session}" },
  messages: [
    {
      body: {
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: {
          protocolVersion: "2025-11-25",
          capabilities: {
            roots: { listChanged: true },
            sampling: {},
            elicitation: { form: {}, url: {} },
            tasks: {
              list: {},
              cancel: {},
              requests: { sampling: { createMessage: {} }, elicitation: { create: {} } },
            },
            extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } },
          },
          clientInfo: { name: "Visual Studio Code", version: "1.115.0" },
        },
      },
      answer: "initialized",
    },
    { method: "GET", headers: { accept: "text/event-stream" }, answer: "no stream" },
    { body: { method: "notifications/initialized", jsonrpc: "2.0" }, answer: "accepted" },
    { body: { jsonrpc: "2.0", id: 2, method: "tools/list", params: {} }, answer: "tools" },
    {
      body: {
        jsonrpc: "2.0",
        id: 3,
        method: "tools/call",
        params: { name: "search_notes", arguments: { query: "milk" }, _meta: { progressToken: "a6b1" } },
      },
      answer: "notes",
    },
    { method: "DELETE", headers: { accept: "*/*" }, answer: "ended" },
  ],
} as const;

const DOCUMENT = "https://vscode.dev/oauth/client-metadata.json";
const identity = {
  url: DOCUMENT,
  document: {
    client_name: "Visual Studio Code",
    logo_uri: "https://code.visualstudio.com/assets/branding/code-stable.png",
    grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "native",
    client_id: DOCUMENT,
    client_uri: "https://vscode.dev/product",
    redirect_uris: [LOOPBACK, BACK],
  },
};

function registering(redirectUris: readonly string[]) {
  return {
    headers: { "user-agent": "node", "content-type": "application/json" },
    registers: {
      client_name: "Visual Studio Code",
      client_uri: "https://code.visualstudio.com",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: redirectUris,
      scope: "profile:read",
      token_endpoint_auth_method: "none",
      application_type: "native",
    },
  };
}

const FOUR = ["https://insiders.vscode.dev/redirect", BACK, "http://127.0.0.1/", LOOPBACK];

export const vsCode: readonly Shape[] = [
  { name: "VS Code", ...code, identity, redirectUri: LOOPBACK },
  {
    name: "VS Code, second flow",
    ...code,
    identity,
    redirectUri: BACK,
    state: "vscode://dynamicauthprovider/127.0.0.1%3A8787/authorize?nonce=0123456789abcdef0123456789abcdef&windowId=1",
    authorizes: [
      ["client_id", "{client_id}"],
      ["response_type", "code"],
      ["state", "{state}"],
      ["code_challenge", "{challenge}"],
      ["code_challenge_method", "S256"],
      ["scope", "profile:read"],
      ["resource", "{resource}"],
      ["redirect_uri", "{redirect_uri}"],
    ],
  },
  {
    name: "VS Code, registers",
    ...code,
    identity: registering(FOUR),
    // Another window holds the usual port.
    redirectUri: "http://127.0.0.1:59656/",
  },
  {
    name: "VS Code, registers with six redirect URIs",
    ...code,
    version: "2025",
    identity: registering([...FOUR, "http://localhost/", "http://localhost:33418/"]),
    redirectUri: LOOPBACK,
  },
];
