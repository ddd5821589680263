// A user with a browser and an MCP client, over nothing but HTTP: register, consent, sign in, tokens, and messages of both
// protocol versions. Works against the Worker in process and against a running one. Each step returns what the wire said.

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
  readonly expires_in: number;
  readonly token_type: string;
}

export interface Client {
  readonly id: string;
  readonly redirectUri: string;
}

export interface AuthorizeOptions {
  readonly name?: string;
  readonly scope?: string;
  readonly ticked?: readonly string[];
  readonly lifetime?: string;
  readonly decision?: string;
  readonly overrides?: Readonly<Record<string, string | undefined>>;
}

export const REDIRECT = "http://127.0.0.1:33418/callback";

export function createJourney(fetch: Fetch, origin: string) {
  const resource = `${origin}/mcp`;

  async function register(metadata: Record<string, unknown> = {}): Promise<Client> {
    const usual = { client_name: "Test client", redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" };
    const response = await fetch(`${origin}/oauth/register`, json({ ...usual, ...metadata }));
    if (response.status !== 201) throw new Error(`register: ${response.status} ${await response.text()}`);
    const registered = (await response.json()) as { client_id: string; redirect_uris: string[] };
    return { id: registered.client_id, redirectUri: registered.redirect_uris[0] ?? REDIRECT };
  }

  async function authorizeUrl(client: Client, options: AuthorizeOptions, verifier: string): Promise<string> {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)));
    const challenge = base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const params: Record<string, string | undefined> = {
      response_type: "code",
      client_id: client.id,
      redirect_uri: client.redirectUri,
      scope: options.scope ?? "profile:read",
      state: "state-1",
      code_challenge: challenge,
      code_challenge_method: "S256",
      resource,
      ...options.overrides,
    };
    const given = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return `${origin}/authorize?${new URLSearchParams(given)}`;
  }

  /** The consent page and its cookie. */
  async function openConsent(client: Client, options: AuthorizeOptions = {}) {
    const verifier = "v".repeat(64);
    const response = await fetch(await authorizeUrl(client, options, verifier), { redirect: "manual" });
    const html = await response.text();
    const handle = /name="handle" value="([^"]+)"/.exec(html)?.[1] ?? "";
    return { response, html, handle, cookie: cookiesOf(response), verifier };
  }

  async function postConsent(page: { handle: string; cookie: string }, options: AuthorizeOptions = {}) {
    const form = new URLSearchParams({
      handle: page.handle,
      decision: options.decision ?? "allow:development",
      lifetime: options.lifetime ?? "86400",
    });
    for (const scope of options.ticked ?? ["notes:read"]) form.append("scope", scope);
    const headers = { "content-type": "application/x-www-form-urlencoded", cookie: page.cookie, origin };
    return fetch(`${origin}/authorize`, { method: "POST", headers, body: form.toString(), redirect: "manual" });
  }

  /** Development sign-in, from the redirect of an allowed consent to the redirect back to the client. */
  async function signIn(allowed: Response, name = "ada"): Promise<URL> {
    const location = new URL(allowed.headers.get("location") ?? "", origin);
    const state = location.searchParams.get("state") ?? "";
    const callback = `${origin}/sign-in/development/callback?${new URLSearchParams({ state, name })}`;
    const first = await fetch(callback, { headers: { cookie: cookiesOf(allowed) }, redirect: "manual" });
    const back = first.status === 200 ? await confirm(first) : first;
    if (back.status !== 302) throw new Error(`sign-in: ${back.status} ${await back.text()}`);
    return new URL(back.headers.get("location") ?? "");
  }

  /** Continues on the second page, which says that less is left than was ticked. */
  async function confirm(page: Response): Promise<Response> {
    const handle = /name="handle" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
    const body = new URLSearchParams({ handle, confirm: "continue" }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", cookie: cookiesOf(page), origin };
    return fetch(`${origin}/authorize`, { method: "POST", headers, body, redirect: "manual" });
  }

  async function redeem(client: Client, code: string, verifier = "v".repeat(64)): Promise<Response> {
    return token({
      grant_type: "authorization_code",
      client_id: client.id,
      redirect_uri: client.redirectUri,
      code,
      code_verifier: verifier,
      resource,
    });
  }

  async function token(fields: Record<string, string>): Promise<Response> {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return fetch(`${origin}/oauth/token`, { method: "POST", headers, body: new URLSearchParams(fields).toString() });
  }

  async function refresh(client: Client, refreshToken: string, more: Record<string, string> = {}): Promise<Response> {
    return token({ grant_type: "refresh_token", client_id: client.id, refresh_token: refreshToken, ...more });
  }

  /** The whole honest way: consent, sign-in, code, tokens. */
  async function connect(
    options: AuthorizeOptions & { readonly client?: Client } = {},
  ): Promise<{ client: Client; tokens: Tokens }> {
    const client = options.client ?? (await register());
    const page = await openConsent(client, options);
    const back = await signIn(await postConsent(page, options), options.name);
    const answer = await redeem(client, back.searchParams.get("code") ?? "");
    if (!answer.ok) throw new Error(`token: ${answer.status} ${await answer.text()}`);
    return { client, tokens: (await answer.json()) as Tokens };
  }

  /** One 2025 message; `session` names the session it belongs to. */
  async function legacy(
    accessToken: string,
    message: unknown,
    session?: string,
    more: RequestInit = {},
  ): Promise<Response> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${accessToken}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
    };
    if (session !== undefined) headers["mcp-session-id"] = session;
    const body = typeof message === "string" ? message : JSON.stringify(message);
    return fetch(resource, { method: "POST", headers, body, ...more });
  }

  /** Opens a session and returns its id. */
  async function openSession(accessToken: string): Promise<string> {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };
    const opened = await legacy(accessToken, { jsonrpc: "2.0", id: 0, method: "initialize", params });
    const session = opened.headers.get("mcp-session-id");
    const text = await opened.text();
    if (opened.status !== 200 || session === null) throw new Error(`initialize: ${opened.status} ${text}`);
    const done = await legacy(accessToken, { jsonrpc: "2.0", method: "notifications/initialized" }, session);
    await done.text();
    return session;
  }

  /** One 2026-07-28 request. */
  async function modern(
    accessToken: string,
    method: string,
    params: Record<string, unknown> = {},
    headers: Record<string, string> = {},
    capabilities: Record<string, unknown> = {},
    more: RequestInit = {},
  ) {
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": capabilities,
    };
    const mirrored: Record<string, string> = {
      authorization: `Bearer ${accessToken}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
    };
    if (typeof params["name"] === "string") mirrored["mcp-name"] = params["name"];
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method,
      params: { ...params, _meta: { ...Object(params["_meta"]), ..._meta } },
    });
    return fetch(resource, { method: "POST", headers: { ...mirrored, ...headers }, body, ...more });
  }

  return {
    origin,
    resource,
    fetch,
    register,
    authorizeUrl,
    openConsent,
    postConsent,
    signIn,
    redeem,
    token,
    refresh,
    connect,
    legacy,
    openSession,
    modern,
  };
}

export type Journey = ReturnType<typeof createJourney>;

/** A `tools/call` message of the 2025 protocol version. */
export function call(name: string, args: Record<string, unknown> = {}, id = 1) {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } };
}

export interface Answer {
  readonly status: number;
  readonly result?: {
    readonly content?: readonly { readonly text: string }[];
    readonly structuredContent?: Record<string, unknown>;
    readonly isError?: boolean;
    readonly tools?: readonly {
      readonly name: string;
      readonly description: string;
      readonly _meta: Record<string, unknown>;
    }[];
    readonly _meta?: Record<string, unknown>;
    readonly [key: string]: unknown;
  };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** The JSON-RPC answer, whether it came as JSON or as one SSE event. */
export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const data = text.startsWith("{") ? text : (/^data: (\{.*\})$/m.exec(text)?.[1] ?? "{}");
  return { status: response.status, ...(JSON.parse(data) as object) };
}

function json(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function cookiesOf(response: Response): string {
  const pairs = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  return pairs.join("; ");
}
