// What attack tests share: bridges with other settings over the same storage, a look into session objects, and the lines
// that reached the log. The sign-in here takes a typed name for a user and, unlike development's, entitles nobody.

import { createExecutionContext, listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import type { SignIn } from "../../../src/bridge/request/sign-in.ts";
import { RESULT_HEADER } from "../../../src/bridge/transports/session/sealed-result.ts";
import { createBridge } from "./bridges.ts";
import { answerOf, type Client, call, createJourney, type Journey, type Tokens } from "./journey.ts";
import type { Scope } from "./own-app.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "./worker.ts";

// Attacks are long and machines are slow.
vi.setConfig({ testTimeout: 20_000 });

const ISSUER = "urn:drawbridge:development";

const byName: SignIn = {
  name: "development",
  label: "a name",
  // As development's: what one bridge granted, another with other settings has to know.
  issuer: () => ISSUER,
  configured: () => true,
  start: async (_callback, { publicUrl }) => ({
    data: {},
    location: (state) => new URL(`/elsewhere?${new URLSearchParams({ state })}`, publicUrl),
  }),
  finish: async (callback) => {
    const name = callback.searchParams.get("name") ?? "";
    const user = { provider: "development", issuer: ISSUER, id: name, name, mail: `${name}@people.test` };
    return { user, signedInAt: Date.now() };
  },
};

/**
 * A bridge of its own at `origin`, where ada and bob may hold everything.
 * @param more settings or bindings to replace
 * @param may what everybody may hold, instead of asking ENTITLED
 */
export function bridgeAt(
  origin: string,
  more: Readonly<Record<string, unknown>> = {},
  may?: readonly Scope[],
): Journey {
  const bridge = createBridge([may === undefined ? byName : { ...byName, entitles: () => may }]);
  // The provider's double is http, which an https bridge refuses to be set up with.
  const noProvider = { OIDC_ISSUER: "", OIDC_CLIENT_ID: "", OIDC_CLIENT_SECRET: "", OIDC_LABEL: "" };
  const env = {
    ...bindings,
    ...noProvider,
    PUBLIC_URL: origin,
    ENTITLED: "mail:ada@people.test mail:bob@people.test",
    ...more,
  };
  return createJourney(async (url, init) => {
    const request = new Request(url, init as RequestInit<IncomingRequestCfProperties>);
    const answer = await bridge.fetch?.(request, env, createExecutionContext());
    if (answer === undefined) throw new Error("the bridge has no fetch");
    return answer;
  }, origin);
}

/** The session namespace, and the headers of every request that goes through it. */
export function overhear(): { readonly namespace: DurableObjectNamespace; readonly seen: readonly Headers[] } {
  const seen: Headers[] = [];
  const stubOf = (stub: DurableObjectStub): DurableObjectStub =>
    new Proxy(stub, {
      get: (target, key) => {
        const member = (...args: unknown[]) => Reflect.get(target, key)(...args);
        if (key !== "fetch") return key === "then" ? undefined : member;
        return (request: Request) => {
          seen.push(new Headers(request.headers));
          return target.fetch(request);
        };
      },
    });
  const namespace = new Proxy(bindings.MCP_SESSIONS, {
    get: (target, key) => {
      if (key === "get") return (...args: Parameters<typeof target.get>) => stubOf(target.get(...args));
      if (key === "getByName")
        return (...args: Parameters<typeof target.getByName>) => stubOf(target.getByName(...args));
      const member = Reflect.get(target, key);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { namespace, seen };
}

/** How many session objects there have ever been. */
export async function countObjects(): Promise<number> {
  return (await listDurableObjectIds(bindings.MCP_SESSIONS)).length;
}

export function sessionObject(session: string): DurableObjectStub {
  return bindings.MCP_SESSIONS.getByName(`streamable-http:${session.split(".")[0]}`);
}

/** Everything a session's object keeps: its key-value pairs, and the rows of its tables. */
export async function storedIn(session: string): Promise<string> {
  return runInDurableObject(sessionObject(session), async (_, { storage }) => {
    const pairs = [...(await storage.list())];
    const tables = storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    const rows = tables
      .filter(({ name }) => !name.startsWith("_cf_") && !name.startsWith("sqlite_"))
      .map(({ name }) => [name, storage.sql.exec(`SELECT * FROM "${name}"`).toArray()]);
    return JSON.stringify([pairs, rows]);
  });
}

/** Waits for the body or gives up, so that an answer that never ends fails its test and nothing else. */
export async function textWithin(response: Response, ms = 5_000): Promise<string> {
  const late = new Promise<string>((resolve) => setTimeout(() => resolve("(the answer never ended)"), ms));
  return Promise.race([response.text(), late]);
}

export const EVERYTHING = {
  scope: "profile:read notes:read notes:write",
  ticked: ["notes:read", "notes:write"],
} as const;

/** A valid 2025 `initialize`; without `id` it is a notification. */
export function initialize(id?: number) {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  return { jsonrpc: "2.0", ...(id === undefined ? {} : { id }), method: "initialize", params };
}

/** How many notes there are, of anybody. */
export async function countNotes(): Promise<number> {
  const row = await bindings.DB.prepare("SELECT count(*) AS n FROM note").first<{ n: number }>();
  return row?.n ?? 0;
}

/** A list, without its punctuation. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** Connected with every scope, with an open session; `kinds`: of the events so far. */
export async function connected(name: string, from: Journey = journey) {
  const { client, tokens } = await from.connect({ name, ...EVERYTHING });
  const token = tokens.access_token;
  const session = await from.openSession(token);
  const kinds = async () => (await ledgerOf(token).events()).map(({ event }) => event.kind);
  const admissions = async () => (await kinds()).filter((kind) => kind === "admission").length;
  return { client, tokens, token, session, kinds, admissions };
}

export function headersOf(token: string, version: string, type = "application/json"): Record<string, string> {
  const accept = "application/json, text/event-stream";
  return { authorization: `Bearer ${token}`, "content-type": type, accept, "mcp-protocol-version": version };
}

/** A message straight to a session's object, past the Worker: the first event that comes back. */
export async function inside(session: string, sealed: string | undefined, message: unknown): Promise<string> {
  const headers = new Headers({ upgrade: "websocket", "cf-mcp-method": "POST" });
  headers.set("cf-mcp-message", btoa(JSON.stringify([message])));
  if (sealed !== undefined) headers.set(RESULT_HEADER, sealed);
  const socket = (await sessionObject(session).fetch(journey.resource, { headers })).webSocket;
  if (socket === null) throw new Error("no socket");
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.addEventListener("message", ({ data }) => {
    if (String(data).includes("cf_mcp_agent_event")) resolve(String(data));
  });
  socket.accept();
  return promise.finally(() => socket.close());
}

/** The cookies that an answer sets, as a browser sends them back. */
export function cookiesOf(response: Response): string {
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  return cookies.join("; ");
}

/** Where /authorize sends this request: nowhere ("page", with its status), or to a redirect's origin with an error. */
export async function authorize(
  client: Client,
  overrides: Readonly<Record<string, string | undefined>>,
  from: Journey = journey,
) {
  const { response, html, handle } = await from.openConsent(client, { overrides });
  const location = response.headers.get("location");
  const error = location === null ? null : new URL(location).searchParams.get("error");
  return { status: response.status, location, error, html, consent: handle !== "" };
}

export function register(metadata: unknown, headers: Record<string, string> = { "content-type": "application/json" }) {
  const body = typeof metadata === "string" ? metadata : JSON.stringify(metadata);
  return journey.fetch(`${ORIGIN}/oauth/register`, { method: "POST", headers, body });
}

/** As far as the redirect back to the client, with a code. */
export async function codeFor(client: Client, name: string, from: Journey = journey): Promise<string> {
  const back = await from.signIn(await from.postConsent(await from.openConsent(client)), name);
  return back.searchParams.get("code") ?? "";
}

/** What POST, GET and DELETE say to this token about this session. */
export async function tryAll(token: string, session: string): Promise<readonly [number, number, number]> {
  const send = async (method: string) => {
    const headers = { authorization: `Bearer ${token}`, "mcp-session-id": session, accept: "text/event-stream" };
    const response = await journey.fetch(journey.resource, { method, headers });
    await textWithin(response);
    return response.status;
  };
  const post = await journey.legacy(token, call("whoami"), session);
  await post.text();
  return [post.status, await send("GET"), await send("DELETE")];
}

export async function whoami(token: string, session: string) {
  return (await answerOf(await journey.legacy(token, call("whoami"), session))).result?.structuredContent;
}

/** Makes every session of this user older, as if time had passed; survives whatever restarts the ledger. */
export async function passTime({ access_token }: Tokens, minutes: number): Promise<void> {
  const ms = minutes * 60_000;
  await runInDurableObject(ledgerOf(access_token), (_, { storage }) => {
    storage.sql.exec("UPDATE session SET opened = opened - ?, seen = seen - ?", ms, ms);
  });
}

export async function endings({ access_token }: Tokens): Promise<readonly string[]> {
  const events = await ledgerOf(access_token).events();
  return events.flatMap(({ event }) => (event.kind === "session-ended" ? [event.why] : []));
}

/** The same text but for one letter, and never the same text. Not the last letter: base64url leaves some of its bits unread. */
export function altered(text: string): string {
  return `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`;
}
