// Sessions of the McpAgent lane under attack (M7, H9, invariant 9): stolen, made up, altered, replayed, multiplied.

import {
  abortAllDurableObjects,
  evictAllDurableObjects,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { expect, test } from "vitest";
import { PRINCIPAL } from "../../src/authz/principal.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { PASS_HEADER, sealPass } from "../../src/mcp/pass.ts";
import { countObjects, sessionObject, storedIn, takeFailures, textWithin } from "../support/attack.ts";
import { answerOf, call, type Tokens } from "../support/journey.ts";
import { bindings, journey, ledgerOf } from "../support/worker.ts";

const WRITE = { scope: "profile:read notes:read notes:write", ticked: ["notes:read", "notes:write"] };
const PING = { jsonrpc: "2.0", id: 9, method: "ping" };
const MINUTE = 60_000;

/** What POST, GET and DELETE say to this token about this session. */
async function tryAll(token: string, session: string): Promise<readonly [number, number, number]> {
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

async function whoami(token: string, session: string) {
  return (await answerOf(await journey.legacy(token, call("whoami"), session))).result?.structuredContent;
}

async function moveClock({ access_token }: Tokens, ms: number): Promise<void> {
  await runInDurableObject(ledgerOf(access_token), (ledger: Ledger) => {
    ledger.clock = () => Date.now() + ms;
  });
}

async function endings({ access_token }: Tokens): Promise<readonly string[]> {
  const events = await ledgerOf(access_token).events();
  return events.flatMap(({ event }) => (event.kind === "session-ended" ? [event.why] : []));
}

test("M7: a stolen session id with another person's token, or another client's, is as unknown as a made-up one", async () => {
  const owner = await journey.connect({ name: "owner" });
  const session = await journey.openSession(owner.tokens.access_token);
  expect(await whoami(owner.tokens.access_token, session)).toMatchObject({ name: "owner" });

  const thief = await journey.connect({ name: "thief" });
  const sibling = await journey.connect({ name: "owner" });
  expect(sibling.client.id).not.toBe(owner.client.id);
  const objects = await countObjects();
  for (const { access_token } of [thief.tokens, sibling.tokens]) {
    expect(await tryAll(access_token, session)).toEqual([404, 404, 404]);
    const stolen = await journey.legacy(access_token, call("whoami"), session);
    const madeUp = await journey.legacy(access_token, call("whoami"), session.replace(/^./, "z"));
    expect(await stolen.text()).toBe(await madeUp.text());
  }
  expect(await countObjects()).toBe(objects);
  expect(await whoami(owner.tokens.access_token, session)).toMatchObject({ name: "owner" });
});

test("M7: made-up, altered and ended ids address nothing, before and after every object was evicted or aborted", async () => {
  const { tokens } = await journey.connect({ name: "altering" });
  const token = tokens.access_token;
  const session = await journey.openSession(token);
  const ended = await journey.openSession(token);
  const headers = { authorization: `Bearer ${token}`, "mcp-session-id": ended };
  expect((await journey.fetch(journey.resource, { method: "DELETE", headers })).status).toBe(204);
  await runDurableObjectAlarm(sessionObject(ended));
  expect(await whoami(token, session)).toMatchObject({ name: "altering" });

  const [inner = "", birth = "", seal = ""] = session.split(".");
  const flipped = `${inner.startsWith("0") ? "1" : "0"}${inner.slice(1)}`;
  const wrong = [
    ended,
    inner,
    `${flipped}.${birth}.${seal}`,
    `${inner}.${(Number.parseInt(birth, 36) + 1).toString(36)}.${seal}`,
    `${inner}.${birth}.${seal.slice(0, -2)}AA`,
    `${inner}.${birth}.`,
    `${inner.toUpperCase()}.${birth}.${seal}`,
    `${session}, ${session}`,
    "..",
    "f".repeat(64),
    "%00",
    "x".repeat(7000),
  ];
  for (const forget of [async () => {}, evictAllDurableObjects, abortAllDurableObjects]) {
    await forget();
    const objects = await countObjects();
    for (const id of wrong) expect(await tryAll(token, id), id.slice(0, 120)).toEqual([404, 404, 404]);
    expect(await countObjects()).toBe(objects);
  }
  expect((await storedIn(ended)).keys).toBe(0);
  expect(await whoami(token, session)).toMatchObject({ name: "altering" });
});

test("M7: a session lends no authority: a narrower token on a session that a wider one opened is refused the write", async () => {
  const { client, tokens } = await journey.connect({ name: "frozen", ...WRITE });
  const session = await journey.openSession(tokens.access_token);
  const write = call("write_note", { title: "t", text: "x" });
  const wide = await answerOf(await journey.legacy(tokens.access_token, write, session));
  expect(wide.result?.structuredContent).toHaveProperty("id");

  const narrowed = await journey.refresh(client, tokens.refresh_token, { scope: "profile:read notes:read" });
  const narrow = (await narrowed.json()) as Tokens;
  expect(narrow.scope).toBe("profile:read notes:read");
  const refused = await journey.legacy(narrow.access_token, write, session);
  expect(refused.status).toBe(403);
  expect(refused.headers.get("www-authenticate")).toContain('scope="profile:read notes:read notes:write"');
  await evictAllDurableObjects();
  expect((await journey.legacy(narrow.access_token, write, session)).status).toBe(403);

  const opened = await journey.openSession(narrow.access_token);
  const again = await answerOf(await journey.legacy(tokens.access_token, write, opened));
  expect(again.result?.structuredContent).toHaveProperty("id");
  expect((await journey.legacy(narrow.access_token, write, opened)).status).toBe(403);
});

test("M7: a session's object stores no props, no token, no pass, and not who its owner is", async () => {
  const { client, tokens } = await journey.connect({ name: "Canary Person", ...WRITE });
  const session = await journey.openSession(tokens.access_token);
  await (await journey.legacy(tokens.access_token, call("write_note", { title: "t", text: "c4n4ry" }), session)).text();
  const { keys, text } = await storedIn(session);
  expect(keys).toBeGreaterThan(0);
  expect(text).toContain("initializeRequest");
  const secrets = [...tokens.access_token.split(":"), tokens.refresh_token, client.id, "Canary", "c4n4ry", '"props"'];
  for (const secret of [...secrets, "dbr1_", PASS_HEADER, "Bearer"]) expect(text, secret).not.toContain(secret);
});

test("M7: of 21 sessions the one unused for longest ends, and its object is emptied", async () => {
  const { tokens } = await journey.connect({ name: "hoarder" });
  const token = tokens.access_token;
  const sessions: string[] = [];
  for (let n = 0; n < 20; n++) sessions.push(await journey.openSession(token));
  const [first = "", second = ""] = sessions;
  await moveClock(tokens, 2 * MINUTE);
  for (const used of sessions.filter((id) => id !== second)) expect(await whoami(token, used)).toBeDefined();
  await moveClock(tokens, 4 * MINUTE);

  const newest = await journey.openSession(token);
  expect(await endings(tokens)).toEqual(["displaced"]);
  expect(await tryAll(token, second)).toEqual([404, 404, 404]);
  expect(await whoami(token, first)).toMatchObject({ name: "hoarder" });
  expect(await whoami(token, newest)).toMatchObject({ name: "hoarder" });
  await runDurableObjectAlarm(ledgerOf(token));
  expect((await storedIn(second)).keys).toBe(0);
  expect((await storedIn(first)).keys).toBeGreaterThan(0);
});

test("M7: an idle session ends after 30 minutes, a busy one after 8 hours, and neither comes back to life", async () => {
  const { tokens } = await journey.connect({ name: "sleeper" });
  const token = tokens.access_token;
  const idle = await journey.openSession(token);
  const busy = await journey.openSession(token);
  for (let minutes = 0; minutes < 8 * 60; minutes += 20) {
    await moveClock(tokens, minutes * MINUTE);
    expect(await whoami(token, busy), `after ${minutes} minutes`).toBeDefined();
    if (minutes === 40) expect(await tryAll(token, idle)).toEqual([404, 404, 404]);
  }
  await moveClock(tokens, 8 * 60 * MINUTE + 1);
  const objects = await countObjects();
  expect(await tryAll(token, busy)).toEqual([404, 404, 404]);
  await runDurableObjectAlarm(ledgerOf(token));
  expect([...(await endings(tokens))].sort()).toEqual(["aged", "idle"]);
  for (const session of [idle, busy]) expect((await storedIn(session)).keys).toBe(0);
  expect(await tryAll(token, idle)).toEqual([404, 404, 404]);
  expect(await countObjects()).toBe(objects);
});

test("M7: whatever opens a session object also lists it, so that none is left that nobody can end", async () => {
  const { tokens } = await journey.connect({ name: "orphan" });
  const objects = await countObjects();
  await journey.openSession(tokens.access_token);
  expect(await countObjects()).toBe(objects + 1);
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  // Without an id it is a notification: no session is answered, and none may be made.
  await (await journey.legacy(tokens.access_token, { jsonrpc: "2.0", method: "initialize", params })).text();
  await (await journey.legacy(tokens.access_token, { jsonrpc: "2.0", id: 1, method: "initialize", params: {} })).text();
  expect(await countObjects()).toBe(objects + 1);
});

test("H9: headers of our own layers sent from outside change nobody, on any route", async () => {
  const { tokens } = await journey.connect({ name: "plain" });
  const victim = await journey.connect({ name: "victim", ...WRITE });
  const victims = await journey.openSession(victim.tokens.access_token);
  const session = await journey.openSession(tokens.access_token);
  const props = btoa(JSON.stringify({ userId: victim.tokens.access_token.split(":")[0], scopes: ["notes:write"] }));
  const forged = btoa(JSON.stringify([call("write_note", { title: "t", text: "forged" })]));
  const smuggled = {
    authorization: `Bearer ${tokens.access_token}`,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-session-id": session,
    [PASS_HEADER]: encodeURIComponent(JSON.stringify({ principal: props })),
    "x-agents-lifecycle-props": props,
    "cf-mcp-method": "POST",
    "cf-mcp-message": forged,
    "x-partykit-room": `streamable-http:${victims.split(".")[0]}`,
    "x-partykit-namespace": "mcp-sessions",
    "x-request-id": "attacker-chose-this",
  };
  const body = JSON.stringify(call("whoami"));
  const answer = await journey.fetch(journey.resource, { method: "POST", headers: smuggled, body });
  expect(answer.headers.get("x-request-id")).not.toBe("attacker-chose-this");
  expect((await answerOf(answer)).result?.structuredContent).toMatchObject({ name: "plain" });
  const events = await ledgerOf(victim.tokens.access_token).events();
  expect(events.map(({ event }) => event.kind)).not.toContain("admission");
  expect((await storedIn(session)).text).not.toContain(props);
  for (const path of ["/agents/mcp-sessions/x", `/agents/mcp-session/${session}`, "/parties/main/x", "/"]) {
    const other = await journey.fetch(journey.origin + path, { headers: smuggled });
    expect([path, other.status]).toEqual([path, path === "/" ? 200 : 404]);
  }
});

test("H9: a pass forged inside the runtime, straight to a session's object, runs nothing and lists nothing", async () => {
  const { client, tokens } = await journey.connect({ name: "inside", ...WRITE });
  const session = await journey.openSession(tokens.access_token);
  const stub = sessionObject(session);
  const inner = session.split(".")[0] ?? "";
  const subject = tokens.access_token.split(":")[0] ?? "";
  const all = ["profile:read", "notes:read", "notes:write"];
  const who = { subject, client: client.id, grant: "made-up-grant", held: all, entitled: all, name: "inside" };
  const pass = { principal: PRINCIPAL.parse(who), blocked: [], ticket: undefined, request: "r", session: inner };
  const secrets = { secret: String(Reflect.get(bindings, "DRAWBRIDGE_SECRET")), previousSecret: undefined };
  const sealed = await sealPass(secrets, pass);
  const send = async (header: string | undefined, message: unknown): Promise<string> => {
    const headers = new Headers({ upgrade: "websocket", "cf-mcp-method": "POST" });
    headers.set("cf-mcp-message", btoa(JSON.stringify([message])));
    if (header !== undefined) headers.set(PASS_HEADER, header);
    const socket = (await stub.fetch(journey.resource, { headers })).webSocket;
    if (socket === null) throw new Error("no socket");
    const heard = new Promise<string>((resolve) =>
      socket.addEventListener("message", ({ data }) => {
        if (String(data).includes("cf_mcp_agent_event")) resolve(String(data));
      }),
    );
    socket.accept();
    return heard.finally(() => socket.close());
  };
  const list = { jsonrpc: "2.0", id: 3, method: "tools/list" };
  expect(await send(sealed, list)).toContain("write_note");

  const write = call("write_note", { title: "t", text: "forged" }, 4);
  const elsewhere = await sealPass(secrets, { ...pass, session: "f".repeat(64) });
  const otherKey = await sealPass({ ...secrets, secret: "another-secret-".repeat(4) }, pass);
  const widened = sealed.replace("made-up-grant", "other-grant");
  for (const header of [undefined, "", ".", "%", elsewhere, otherKey, widened]) {
    expect(await send(header, list), header).not.toContain("write_note");
    expect(await send(header, write), header).not.toContain("structuredContent");
  }
  // Even a genuine pass runs nothing without a ticket: the second lock.
  expect(await send(sealed, write)).toContain("This call was not admitted.");
  expect(await storedIn(session)).not.toMatchObject({ text: expect.stringContaining("forged") });
  expect((await journey.legacy(tokens.access_token, PING, session)).status).toBe(200);
  expect(takeFailures()).toEqual([]);
});
