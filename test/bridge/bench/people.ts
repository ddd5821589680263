// People who are connected to a server, and the requests they send: the same tool calls in both eras. Ours asks a person to
// consent and to sign in; the plain servers approve whoever comes.

import { createJourney, type Journey, type Tokens } from "../support/journey.ts";
import type { Shot } from "./load.ts";

export type Era = "session" | "stateless";
export type Tool = "whoami" | "search_notes";

export interface Person {
  readonly token: string;
  /** 2025-era only. */
  readonly session: string | undefined;
}

/** A server as people reach it. `asks`: it shows a consent page and a sign-in. */
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

export async function connect(place: Place, era: Era, name: string): Promise<Person> {
  const journey = createJourney(fetch, place.origin);
  const { access_token: token } = await tokensFor(journey, place, name, SCOPES);
  return { token, session: era === "session" ? await journey.openSession(token) : undefined };
}

export async function connectAll(place: Place, era: Era, count: number): Promise<readonly Person[]> {
  const names = Array.from({ length: count }, (_, index) => `person-${index}`);
  const people: Person[] = [];
  for (const name of names) people.push(await connect(place, era, name));
  return people;
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

/** A few notes to search in. Needs a grant of its own, because the people above may not write. */
export async function writeNotes(place: Place, era: Era, name: string): Promise<void> {
  const journey = createJourney(fetch, place.origin);
  const scope = `${SCOPES} notes:write`;
  const { access_token: token } = place.asks
    ? (await journey.connect({ name, scope, ticked: ["notes:read", "notes:write"] })).tokens
    : await tokensFor(journey, place, name, scope);
  const session = era === "session" ? await journey.openSession(token) : undefined;
  const shot = shotOf(place, era, "write_note", [{ token, session }]);
  for (let index = 0; index < 3; index++) {
    const { url, headers, body } = shot(0, index + 1);
    const answer = await fetch(url, { method: "POST", headers: { ...headers }, body });
    const text = await answer.text();
    if (!answer.ok || !text.includes("content")) throw new Error(`write_note: ${answer.status} ${text}`);
  }
}

/** From the first request without a token to the first result, as a new client does it. */
export async function firstContact(place: Place, era: Era, name: string): Promise<void> {
  const journey = createJourney(fetch, place.origin);
  const turnedAway = await journey.modern("", "tools/list");
  const metadata = /resource_metadata="([^"]+)"/.exec(turnedAway.headers.get("www-authenticate") ?? "")?.[1];
  if (turnedAway.status !== 401 || metadata === undefined) throw new Error(`no challenge: ${turnedAway.status}`);
  await turnedAway.text();
  await (await fetch(metadata)).json();
  await (await fetch(`${place.origin}/.well-known/oauth-authorization-server`)).json();
  const person = await connect(place, era, name);
  const shot = shotOf(place, era, "whoami", [person])(0, 1);
  const answer = await fetch(shot.url, { method: "POST", headers: { ...shot.headers }, body: shot.body });
  const text = await answer.text();
  if (!answer.ok || !text.includes(name)) throw new Error(`first call: ${answer.status} ${text}`);
}

/** The `turn`-th request: people take turns. Ids differ, because one session may have several calls under way. */
export function shotOf(
  { origin }: Pick<Place, "origin">,
  era: Era,
  tool: Tool | "write_note",
  people: readonly Person[],
): (turn: number, id: number) => Shot {
  const url = `${origin}/mcp`;
  const meta =
    era === "session"
      ? undefined
      : {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
          "io.modelcontextprotocol/clientCapabilities": {},
        };
  const headers = people.map(({ token, session }) => ({
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": era === "session" ? "2025-11-25" : "2026-07-28",
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
