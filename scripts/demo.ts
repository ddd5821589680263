// `npm run demo`: one honest story, told by the wire. A bridge of its own on a free port, a real MCP client (SDK v2), two people
// who sign in over HTTP as a browser would, and every step checked: the exit code is 0 only if each did what it says.

import { createHash } from "node:crypto";
import { isDeepStrictEqual, styleText } from "node:util";
import {
  Client,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { canonical } from "../src/bridge/gate/canonical.ts";
import { visit } from "../test/bridge/support/browser.ts";
import { call, createJourney } from "../test/bridge/support/journey.ts";
import { Failure, readCommand } from "./command.ts";
import { openListener, settledTrail, startBridge, type TrailEntry, withCleanup } from "./demo-bridge.ts";

const DEADLINE_MS = 90_000;
/** Plain when piped, and where NO_COLOR says so. */
const paint = (style: "bold" | "dim" | "green" | "red", text: string) =>
  styleText(style, text, { stream: process.stdout });
const say = (text: string) => console.log(`     ${text}`);
let steps = 0;
console.warn = (words: unknown) => say(paint("dim", `The SDK remarks: ${words}`));

function step(title: string): void {
  steps += 1;
  console.log(`\n${paint("bold", `${String(steps).padStart(2)}  ${title}`)}`);
}

/** A step is done when what it says is so. */
function check(holds: boolean, words: string): void {
  if (!holds) throw new Failure(`This did not happen: ${words}`);
  console.log(`  ${paint("green", "✓")}  ${words}`);
}

type Listener = Awaited<ReturnType<typeof openListener>>;

interface Kept {
  readonly client?: StoredOAuthClientInformation;
  tokens?: StoredOAuthTokens;
  readonly discovery?: OAuthDiscoveryState;
  readonly verifier?: string;
  readonly link?: URL;
}

/** A person's MCP client: it keeps its registration and tokens in memory, and its person has a browser. */
function createApp(origin: string, name: string, listener: Listener) {
  const kept: Kept = {};
  const { legacy } = createJourney((url, init) => fetch(url, init), origin);
  const seen: { status: number; challenge: string; scope: string | undefined; body: string }[] = [];
  const provider: OAuthClientProvider = {
    redirectUrl: listener.url,
    clientMetadata: { client_name: `${name}'s app`, redirect_uris: [listener.url], token_endpoint_auth_method: "none" },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void Object.assign(kept, { client }),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void Object.assign(kept, { tokens }),
    redirectToAuthorization: (link) => void Object.assign(kept, { link }),
    saveDiscoveryState: (discovery) => void Object.assign(kept, { discovery }),
    discoveryState: () => kept.discovery,
    invalidateCredentials: () => void delete kept.tokens,
    saveCodeVerifier: (verifier) => void Object.assign(kept, { verifier }),
    codeVerifier: () => kept.verifier ?? "",
  };
  /** Keeps what was answered. Tokens are in it and are never printed. */
  const listen = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(url, init);
    const body = init?.method === "GET" ? "" : await answer.clone().text();
    const challenge = answer.headers.get("www-authenticate") ?? "";
    seen.push({ status: answer.status, challenge, scope: /scope="([^"]*)"/.exec(challenge)?.[1], body });
    return answer;
  };
  const transport = () =>
    new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { authProvider: provider, fetch: listen });

  /** What happens between a challenge and the token: the person's browser, consent, sign-in, and back. */
  async function grant(tick: readonly string[]) {
    if (kept.link === undefined) throw new Failure("The client was given no link to open.");
    const { asked } = await visit(kept.link.href, { name, tick });
    const back = listener.back();
    await transport().finishAuth(back);
    return { asked, came: back.has("code"), granted: kept.tokens?.scope ?? "" };
  }

  async function connect(mode: "auto" | "legacy") {
    const client = new Client({ name: "drawbridge-demo", version: "1.0.0" }, { versionNegotiation: { mode } });
    const wire = transport();
    await client.connect(wire);
    return { client, session: wire.sessionId ?? "" };
  }

  /** A call in a session, as it stands: what no honest client would send. */
  const callIn = (session: string) => legacy(kept.tokens?.access_token ?? "", call("whoami"), session);
  return { kept, grant, connect, callIn, last: (status: number) => seen.findLast((one) => one.status === status) };
}

/** The error of work that must not succeed. */
const failureOf = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);

/** SHA-256 of the hash before and the entry's canonical JSON, recomputed here from nothing but the entries. */
function firstBroken(trail: readonly TrailEntry[]): number | undefined {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url");
  let previous = sha256("drawbridge/ledger/1");
  for (const { hash, ...entry } of trail) {
    if (sha256(`${previous}\n${canonical(entry)}`) !== hash) return entry.seq;
    previous = hash;
  }
  return undefined;
}

function line({ seq, event, hash }: TrailEntry): string {
  const { kind, tool, reason, scopes, why, outcome, of } = event;
  const words = [tool, reason, Array.isArray(scopes) ? scopes.join(" ") : undefined, why, outcome].filter(Boolean);
  const settles = of === undefined ? "" : ` (of ${of})`;
  return `${String(seq).padStart(2)}  ${kind.padEnd(14)} ${`${words.join(", ")}${settles}`.padEnd(46)} ${paint("dim", hash.slice(0, 10))}`;
}

readCommand({
  name: "npm run demo",
  does: "Tells one story with a real client against a bridge of its own, and checks each step. Leaves nothing behind.",
  example: "npm run demo",
});

await withCleanup(DEADLINE_MS, async (later) => {
  const began = Date.now();
  const listener = await openListener(later);
  say(paint("dim", "Starting a bridge with secrets and state of its own ..."));
  const { origin, state } = await startBridge(later, { vars: { SESSIONS: "on" } });
  const ada = createApp(origin, "Ada", listener);

  step("Discover");
  const turnedAway = await failureOf(ada.connect("auto"));
  const first = ada.last(401);
  say(`POST ${origin}/mcp without a token: ${first?.status}`);
  say(`WWW-Authenticate: ${first?.challenge}`);
  check(turnedAway instanceof UnauthorizedError, "the client was turned away, and told where to ask");
  check(
    ada.kept.link?.href.startsWith(`${origin}/authorize?`) === true,
    "it found the authorization server and registered",
  );

  step("Sign in and consent");
  const visited = await ada.grant(["notes:read"]);
  say(`The app asks for: ${visited.asked.join(" ")}. Ada ticks notes:read, allows, and signs in.`);
  check(visited.came, "her browser came back to the app with a code");
  check(visited.granted === "profile:read notes:read", `the app's token holds: ${visited.granted}`);

  step("Search");
  const { client } = await ada.connect("auto");
  const { tools } = await client.listTools();
  const locked = tools.filter(({ _meta }) => _meta?.["drawbridge/locked"] === true).map((tool) => tool.name);
  say(`Protocol ${client.getNegotiatedProtocolVersion()}. Tools: ${tools.map((tool) => tool.name).join(", ")}.`);
  check(
    isDeepStrictEqual(locked, ["write_note", "replace_note", "delete_note"]),
    "what was not granted is listed and marked as locked",
  );
  const found = await client.callTool({ name: "search_notes", arguments: { query: "milk" } });
  check(isDeepStrictEqual(found.structuredContent, { notes: [] }), "search_notes answered: no notes yet");

  step("A write is refused, with its challenge");
  const note = { title: "Shopping", text: "Milk, and a lock for the gate." };
  const refused = await failureOf(client.callTool({ name: "write_note", arguments: note }));
  const challenged = ada.last(403);
  say(`Status ${challenged?.status}`);
  say(`WWW-Authenticate scope: ${challenged?.scope}`);
  say(`Words: ${JSON.parse(challenged?.body ?? "{}").error?.message}`);
  check(refused instanceof UnauthorizedError, "the client did not write, and opens the consent page again");
  const union = "profile:read notes:read notes:write";
  check(challenged?.scope === union, "the challenge names what is held and what is missing");

  step("Step-up");
  const more = await ada.grant(["notes:read", "notes:write"]);
  say(`The app asks for: ${more.asked.join(" ")}. Ada ticks notes:write too.`);
  check(more.granted === union, `the app's new token holds: ${more.granted}`);

  step("Write, and read it back");
  const written = await client.callTool({ name: "write_note", arguments: note });
  const id = String((written.structuredContent as { id?: unknown } | undefined)?.id);
  check(/^[0-9a-f-]{36}$/.test(id), `write_note made ${id}`);
  const back = await client.callTool({ name: "read_note", arguments: { id } });
  const { title, text } = (back.structuredContent ?? {}) as Partial<typeof note>;
  check(isDeepStrictEqual({ title, text }, note), `read_note answered "${text}"`);

  step("A stolen session is refused");
  const { client: older, session } = await ada.connect("legacy");
  check(session !== "", "Ada's second, 2025-era client has a session");
  const mallory = createApp(origin, "Mallory", listener);
  await failureOf(mallory.connect("auto"));
  await mallory.grant(["notes:read", "notes:write"]);
  const { client: hers } = await mallory.connect("auto");
  check((await hers.callTool({ name: "whoami" })).isError !== true, "Mallory has a valid token of her own");
  const stolen = await mallory.callIn(session);
  const madeUp = await mallory.callIn(session.replace(/.{4}$/, "AAAA"));
  const words = await stolen.text();
  say(`Her token with Ada's Mcp-Session-Id: ${stolen.status} ${words}`);
  check(stolen.status === 404, "Ada's session does not exist for Mallory");
  check(madeUp.status === 404 && (await madeUp.text()) === words, "a made-up session reads the same");
  const still = await older.callTool({ name: "whoami" });
  check(still.isError !== true, "Ada's session goes on");

  step("The trail");
  say(
    "Ada sees it at /console/activity. Here it is read from where this computer keeps it: the SQLite files of the local Ledgers.",
  );
  const grant = String(ada.kept.tokens?.access_token.split(":")[1]);
  const trail = await settledTrail(state, grant);
  for (const entry of trail) say(line(entry));
  const told = trail.flatMap(({ event: { kind, tool, reason } }) =>
    kind === "admission" ? [`ran ${tool}`] : kind === "denial" ? [`refused ${tool} (${reason})`] : [],
  );
  const calls = [
    "ran search_notes",
    "refused write_note (missing-scope)",
    "ran write_note",
    "ran read_note",
    "ran whoami",
  ];
  check(isDeepStrictEqual(told, calls), "it holds exactly Ada's calls, in order, and nothing of Mallory's");
  check(!/milk|shopping/i.test(JSON.stringify(trail)), "it holds no text of hers");
  check(firstBroken(trail) === undefined, `${trail.length} hashes recomputed here: the chain holds`);
  const receipts = [found, written, back, still].map(({ _meta }) => _meta?.["drawbridge/audit"]);
  const chained = receipts.every((receipt) => trail.some(({ seq, hash }) => isDeepStrictEqual(receipt, { seq, hash })));
  check(chained, "each answer that the client got named its own entry and hash");
  const altered = trail.map((entry) =>
    entry.seq === 4 ? { ...entry, event: { ...entry.event, tool: "whoami" } } : entry,
  );
  check(firstBroken(altered) === 4, "one word changed in entry 4 of a copy: the chain breaks there");

  step("Revoke, and the next call is refused");
  const fields = { client_id: String(ada.kept.client?.client_id), token: String(ada.kept.tokens?.refresh_token) };
  const revoked = await fetch(`${origin}/oauth/token`, { method: "POST", body: new URLSearchParams(fields) });
  say(`By the door that any app has: its refresh token, to the revocation endpoint (RFC 7009): ${revoked.status}`);
  const ended = await failureOf(client.callTool({ name: "search_notes", arguments: { query: "milk" } }));
  say(`search_notes: ${ada.last(401)?.status} ${ada.last(401)?.body}`);
  check(revoked.ok && ended instanceof UnauthorizedError, "the same client with the same token is nobody");
  check(ada.last(400)?.body.includes("invalid_grant") === true, "and its refresh token buys nothing");
  const recorded = (await settledTrail(state, grant)).some(({ event: { why } }) => why === "revoked");
  check(recorded, "the audit log says so too");
  console.log(
    `\n${paint("green", `All ${steps} steps did what they say, in ${Math.round((Date.now() - began) / 1000)} s.`)}`,
  );
});
process.exit(); // The SDK keeps connections open for a while.
