// Users who are connected to a server, and the requests they send: the same tool calls in both protocol versions. Ours asks a user to
// consent and to sign in; the plain servers approve anyone who comes.

import { createJourney, type Journey, type Tokens } from "../support/journey.ts";
import type { Shot } from "./load.ts";

export type TransportName = "session" | "stateless";
export type Tool = "whoami" | "search_notes";

export interface User {
  readonly token: string;
  /** 2025 only. */
  readonly session: string | undefined;
}

/** A server as users reach it. `asks`: it shows a consent page and a sign-in. */
export interface Place {
  readonly origin: string;
  readonly asks: boolean;
}

const SCOPES = "profile:read notes:read";
const ARGUMENTS: Readonly<Record<Tool | "write_note", Record<string, unknown>>> = {
  whoami: {},
  search_notes: { query: "bridge" },
  write_note: { title: "A note", text: "A bridge that can be narrowed, watched and raised." },
};

export async function connect(place: Place, transport: TransportName, name: string): Promise<User> {
  const journey = createJourney(fetch, place.origin);
  const { access_token: token } = await tokensFor(journey, place, name, SCOPES);
  return { token, session: transport === "session" ? await journey.openSession(token) : undefined };
}

export async function connectAll(place: Place, transport: TransportName, count: number): Promise<readonly User[]> {
  const names = Array.from({ length: count }, (_, index) => `user-${index}`);
  const users: User[] = [];
  for (const name of names) users.push(await connect(place, transport, name));
  return users;
}

async function tokensFor(journey: Journey, place: Place, name: string, scope: string): Promise<Tokens> {
  if (place.asks) return (await journey.connect({ name, scope })).tokens;
  const client = await journey.register();
  const url = await journey.authorizeUrl(client, { scope, overrides: { login_hint: name } }, "v".repeat(64));
  const back = await fetch(url, { redirect: "manual" });
  const code = new URL(back.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const answer = await journey.redeem(client, code);
  if (!answer.ok) throw new Error(`token: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Tokens;
}

/** A few notes to search in. Needs a grant of its own, because the users above may not write. */
export async function writeNotes(place: Place, transport: TransportName, name: string): Promise<void> {
  const journey = createJourney(fetch, place.origin);
  const scope = `${SCOPES} notes:write`;
  const { access_token: token } = place.asks
    ? (await journey.connect({ name, scope, ticked: ["notes:read", "notes:write"] })).tokens
    : await tokensFor(journey, place, name, scope);
  const session = transport === "session" ? await journey.openSession(token) : undefined;
  const shot = shotOf(place, transport, "write_note", [{ token, session }]);
  for (let index = 0; index < 3; index++) {
    const { url, headers, body } = shot(0, index + 1);
    const answer = await fetch(url, { method: "POST", headers: { ...headers }, body });
    const text = await answer.text();
    if (!answer.ok || !text.includes("content")) throw new Error(`write_note: ${answer.status} ${text}`);
  }
}

/** From the first request without a token to the first result, as a new client does it. */
export async function firstContact(place: Place, transport: TransportName, name: string): Promise<void> {
  const journey = createJourney(fetch, place.origin);
  const turnedAway = await journey.modern("", "tools/list");
  const metadata = /resource_metadata="([^"]+)"/.exec(turnedAway.headers.get("www-authenticate") ?? "")?.[1];
  if (turnedAway.status !== 401 || metadata === undefined) throw new Error(`no challenge: ${turnedAway.status}`);
  await turnedAway.text();
  await (await fetch(metadata)).json();
  await (await fetch(`${place.origin}/.well-known/oauth-authorization-server`)).json();
  const user = await connect(place, transport, name);
  const shot = shotOf(place, transport, "whoami", [user])(0, 1);
  const answer = await fetch(shot.url, { method: "POST", headers: { ...shot.headers }, body: shot.body });
  const text = await answer.text();
  if (!answer.ok || !text.includes(name)) throw new Error(`first call: ${answer.status} ${text}`);
}

/** The `turn`-th request: users take turns. Ids differ, because one session may have several calls under way. */
export function shotOf(
  { origin }: Pick<Place, "origin">,
  transport: TransportName,
  tool: Tool | "write_note",
  users: readonly User[],
): (turn: number, id: number) => Shot {
  const url = `${origin}/mcp`;
  const meta =
    transport === "session"
      ? undefined
      : {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
          "io.modelcontextprotocol/clientCapabilities": {},
        };
  const headers = users.map(({ token, session }) => ({
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": transport === "session" ? "2025-11-25" : "2026-07-28",
    ...(session === undefined ? { "mcp-method": "tools/call", "mcp-name": tool } : { "mcp-session-id": session }),
  }));
  return (turn, id) => {
    const message = callOf(tool, ARGUMENTS[tool], id);
    const params = meta === undefined ? message.params : { ...message.params, _meta: meta };
    return { url, headers: headers[turn % headers.length] ?? {}, body: JSON.stringify({ ...message, params }) };
  };
}

function callOf(name: string, args: Record<string, unknown>, id: number) {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } };
}
