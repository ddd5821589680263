// Sessions of the McpAgent transport under attack (M7, H9, ): stolen, made up, altered, replayed, multiplied.

import {
  abortAllDurableObjects,
  evictAllDurableObjects,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { stripInternalHeaders } from "../../../src/bridge/edge/headers.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { development } from "../../../src/bridge/sign-in/development.ts";
import { RESULT_HEADER } from "../../../src/bridge/transports/session/sealed-result.ts";
import { openSession, sealSession } from "../../../src/bridge/transports/session/session.ts";
import * as attack from "../support/attack.ts";
import { owner, stranger } from "../support/attack-tool.ts";
import { answerOf, call, type Tokens } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { ownBridge } from "../support/own-bridge.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

/** What the transport keeps of a session while it lives. Waking an emptied object writes the names of its tables, and no more. */
const OPENED = '"initializeRequest"';

test("a stolen session id with another user's token, or another client's, is as unknown as a made-up one", async () => {
  const owner = await journey.connect({ name: "owner" });
  const session = await journey.openSession(owner.tokens.access_token);
  expect(await attack.whoami(owner.tokens.access_token, session)).toMatchObject({ name: "owner" });

  const thief = await journey.connect({ name: "thief" });
  const sibling = await journey.connect({ name: "owner" });
  expect(sibling.client.id).not.toBe(owner.client.id);
  const objects = await attack.countObjects();
  for (const { access_token } of [thief.tokens, sibling.tokens]) {
    expect(await attack.tryAll(access_token, session)).toEqual([404, 404, 404]);
    const stolen = await journey.legacy(access_token, call("whoami"), session);
    const madeUp = await journey.legacy(access_token, call("whoami"), session.replace(/^./, "z"));
    expect(await stolen.text()).toBe(await madeUp.text());
  }
  expect(await attack.countObjects()).toBe(objects);
  expect(await attack.whoami(owner.tokens.access_token, session)).toMatchObject({ name: "owner" });
});

test("the seal alone tells whose a session is: subject, client, id and birth, under this bridge's secret", async () => {
  const secrets = { secret: "one-secret-".repeat(4), previousSecret: undefined };
  const [inner, now] = ["a".repeat(64), Date.now()];
  const outer = await sealSession(secrets, inner, owner, now);
  expect(await openSession(secrets, outer, owner)).toBe(inner);
  expect(await openSession({ secret: "new-secret-".repeat(4), previousSecret: secrets.secret }, outer, owner)).toBe(
    inner,
  );
  const altered = [
    outer.replace("aa", "ab"),
    outer.replace(now.toString(36), (now + 1).toString(36)),
    outer.slice(0, -1),
  ];
  for (const id of altered) expect(await openSession(secrets, id, owner)).toBeUndefined();
  expect(await openSession(secrets, outer, { ...owner, client: stranger.client })).toBeUndefined();
  expect(await openSession(secrets, outer, { ...owner, subject: stranger.subject })).toBeUndefined();
  expect(await openSession({ ...secrets, secret: "new-secret-".repeat(4) }, outer, owner)).toBeUndefined();
});

test("made-up, altered and ended ids address nothing, before and after every object was evicted or aborted", {
  timeout: 60_000,
}, async () => {
  const { tokens } = await journey.connect({ name: "altering" });
  const token = tokens.access_token;
  const session = await journey.openSession(token);
  const ended = await journey.openSession(token);
  const headers = { authorization: `Bearer ${token}`, "mcp-session-id": ended };
  expect((await journey.fetch(journey.resource, { method: "DELETE", headers })).status).toBe(204);
  await runDurableObjectAlarm(attack.sessionObject(ended));
  expect(await attack.storedIn(ended)).not.toContain(OPENED);
  expect(await attack.whoami(token, session)).toMatchObject({ name: "altering" });

  const [inner = "", birth = "", seal = ""] = session.split(".");
  const flipped = `${inner.startsWith("0") ? "1" : "0"}${inner.slice(1)}`;
  const wrong = [
    ended,
    inner,
    `${flipped}.${birth}.${seal}`,
    `${inner}.${(Number.parseInt(birth, 36) + 1).toString(36)}.${seal}`,
    `${inner}.${birth}.${attack.altered(seal)}`,
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
    const objects = await attack.countObjects();
    for (const id of wrong) expect(await attack.tryAll(token, id), id.slice(0, 120)).toEqual([404, 404, 404]);
    expect(await attack.countObjects()).toBe(objects);
  }
  expect(await attack.storedIn(ended)).not.toContain(OPENED);
  expect(await attack.whoami(token, session)).toMatchObject({ name: "altering" });
});

test("a session lends no authority: a narrower token on a session that a wider one opened is refused the write", async () => {
  const { client, tokens } = await journey.connect({ name: "frozen", ...attack.EVERYTHING });
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

test("a session's object stores no props, no token, no pass, and not who its owner is", async () => {
  const { client, tokens } = await journey.connect({ name: "Canary User", ...attack.EVERYTHING });
  const session = await journey.openSession(tokens.access_token);
  await (await journey.legacy(tokens.access_token, call("write_note", { title: "t", text: "c4n4ry" }), session)).text();
  const text = await attack.storedIn(session);
  expect(text).toContain(OPENED);
  const secrets = [...tokens.access_token.split(":"), tokens.refresh_token, client.id, "Canary", "c4n4ry", '"props"'];
  for (const secret of [...secrets, "dbr1_", RESULT_HEADER, "Bearer"]) expect(text, secret).not.toContain(secret);
});

test("of 21 sessions the one unused for longest ends, and its object is emptied", async () => {
  const { tokens } = await journey.connect({ name: "hoarder" });
  const token = tokens.access_token;
  const sessions: string[] = [];
  for (let n = 0; n < 20; n++) sessions.push(await journey.openSession(token));
  const [first = "", second = ""] = sessions;
  await attack.passTime(tokens, 2);
  for (const used of sessions.filter((id) => id !== second)) expect(await attack.whoami(token, used)).toBeDefined();
  await attack.passTime(tokens, 2);

  const newest = await journey.openSession(token);
  expect(await attack.endings(tokens)).toEqual(["displaced"]);
  expect(await attack.tryAll(token, second)).toEqual([404, 404, 404]);
  expect(await attack.whoami(token, first)).toMatchObject({ name: "hoarder" });
  expect(await attack.whoami(token, newest)).toMatchObject({ name: "hoarder" });
  await runDurableObjectAlarm(ledgerOf(token));
  expect(await attack.storedIn(second)).not.toContain(OPENED);
  expect(await attack.storedIn(first)).toContain(OPENED);
});

test("an idle session ends after 30 minutes, a busy one after 8 hours, and neither comes back to life", {
  timeout: 60_000,
}, async () => {
  const { tokens } = await journey.connect({ name: "sleeper" });
  const token = tokens.access_token;
  const idle = await journey.openSession(token);
  const busy = await journey.openSession(token);
  for (let minutes = 20; minutes < 8 * 60; minutes += 20) {
    await attack.passTime(tokens, 20);
    expect(await attack.whoami(token, busy), `after ${minutes} minutes`).toBeDefined();
    if (minutes === 40) {
      expect(await attack.tryAll(token, idle)).toEqual([404, 404, 404]);
      await runDurableObjectAlarm(ledgerOf(token));
      expect(await attack.storedIn(idle)).not.toContain(OPENED);
    }
  }
  await attack.passTime(tokens, 20);
  const objects = await attack.countObjects();
  expect(await attack.tryAll(token, busy)).toEqual([404, 404, 404]);
  await runDurableObjectAlarm(ledgerOf(token));
  expect(await attack.endings(tokens)).toEqual(["idle", "aged"]);
  expect(await attack.storedIn(busy)).not.toContain(OPENED);
  expect(await attack.tryAll(token, idle)).toEqual([404, 404, 404]);
  expect(await attack.countObjects()).toBe(objects);
});

test("whatever opens a session object also lists it, so that none is left that nobody can end", async () => {
  const { tokens } = await journey.connect({ name: "orphan" });
  const objects = await attack.countObjects();
  await journey.openSession(tokens.access_token);
  expect(await attack.countObjects()).toBe(objects + 1);
  // Without an id it is a notification: no session is answered, and none may be made.
  await (await journey.legacy(tokens.access_token, attack.initialize())).text();
  await (await journey.legacy(tokens.access_token, { ...attack.initialize(1), params: {} })).text();
  expect(await attack.countObjects()).toBe(objects + 1);
});

test("headers of our own layers sent from outside change nobody, on any route", async () => {
  const { tokens } = await journey.connect({ name: "plain" });
  const victim = await journey.connect({ name: "victim", ...attack.EVERYTHING });
  const victims = await journey.openSession(victim.tokens.access_token);
  const session = await journey.openSession(tokens.access_token);
  const props = btoa(JSON.stringify({ userId: victim.tokens.access_token.split(":")[0], scopes: ["notes:write"] }));
  const forged = btoa(JSON.stringify([call("write_note", { title: "t", text: "forged" })]));
  const smuggled = {
    authorization: `Bearer ${tokens.access_token}`,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-session-id": session,
    [RESULT_HEADER]: encodeURIComponent(JSON.stringify({ principal: props })),
    "x-agents-lifecycle-props": props,
    "cf-mcp-method": "POST",
    "cf-mcp-message": forged,
    "x-partykit-room": `streamable-http:${victims.split(".")[0]}`,
    "x-partykit-namespace": "mcp-sessions",
    "x-request-id": "attacker-chose-this",
  };
  const [inward, names] = [new Request(ORIGIN, { headers: smuggled }), Object.keys(smuggled).slice(4)];
  const left = stripInternalHeaders(inward, "ours", null).headers;
  expect(names.map((name) => left.get(name)).filter((value) => value !== null)).toEqual(["ours"]);

  const body = JSON.stringify(call("whoami"));
  const answer = await journey.fetch(journey.resource, { method: "POST", headers: smuggled, body });
  expect(answer.headers.get("x-request-id")).not.toBe("attacker-chose-this");
  expect((await answerOf(answer)).result?.structuredContent).toMatchObject({ name: "plain" });
  const events = await ledgerOf(victim.tokens.access_token).events();
  expect(events.map(({ event }) => event.kind)).not.toContain("admission");
  expect(await attack.storedIn(session)).not.toContain(props);
  for (const path of ["/agents/mcp-sessions/x", `/agents/mcp-session/${session}`, "/parties/main/x", "/"]) {
    const other = await journey.fetch(journey.origin + path, { headers: smuggled });
    expect([path, other.status]).toEqual([path, path === "/" ? 200 : 404]);
  }
});

test("a result of the gate that is forged, altered, another session's or used before runs nothing, even inside the runtime", async () => {
  const { namespace, seen } = attack.overhear();
  const bridge = attack.bridgeAt(ORIGIN, { MCP_SESSIONS: namespace });
  const { token, session } = await attack.connected("ada", bridge);
  const other = await bridge.openSession(token);
  const list = { jsonrpc: "2.0", id: 3, method: "tools/list" };
  const write = call("write_note", { title: "t", text: "genuine" }, 4);
  const overheard = async (message: unknown, id: string) => {
    await (await bridge.legacy(token, message, id)).text();
    return seen.at(-1)?.get(RESULT_HEADER) ?? "";
  };
  const listing = await overheard(list, session);
  const writing = await overheard(write, session);
  const elsewhere = await overheard(list, other);
  expect(await attack.inside(session, listing, list)).toContain("write_note");
  for (const headers of seen) expect([headers.get("authorization"), headers.get("cookie")]).toEqual([null, null]);

  const [body = "", seal = ""] = listing.split(/\.(?=[^.]*$)/);
  const altered = [`${body.replace("ada", "bob")}.${seal}`, `${body}.${attack.altered(seal)}`, `${body}.`, body];
  for (const sealed of [undefined, "", ".", "%", "{}", `${encodeURIComponent("{}")}.${seal}`, elsewhere, ...altered]) {
    expect(await attack.inside(session, sealed, list), sealed).not.toContain("write_note");
    expect(await attack.inside(session, sealed, write), sealed).not.toContain("structuredContent");
  }
  const before = await attack.countNotes();
  const again = [
    await attack.inside(session, writing, write),
    await attack.inside(session, listing, write),
    await attack.inside(session, writing, call("write_note", { title: "t", text: "changed" }, 5)),
  ];
  for (const answer of again) expect(answer).toContain("This call was not admitted.");
  expect(await attack.countNotes()).toBe(before);
});

test("initialize and abort: the session is listed before its object can be made, and what came to nothing is emptied in its time", async () => {
  const { tokens } = await journey.connect({ name: "aborting" });
  const token = tokens.access_token;
  const opening = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
  };
  const sessions = () =>
    runInDurableObject(ledgerOf(token), (_: Ledger, { storage }) =>
      storage.sql
        .exec<{ id: string }>("SELECT id FROM session")
        .toArray()
        .map(({ id }) => id),
    );
  const asked: string[] = [];
  /** What the library does to the objects ends like this. */
  const over = (end: () => Promise<never>) =>
    ownBridge([development], {
      MCP_SESSIONS: new Proxy(bindings.MCP_SESSIONS, {
        get(target, key) {
          const member: unknown = Reflect.get(target, key);
          if (key !== "getByName" && key !== "get") return typeof member === "function" ? member.bind(target) : member;
          return (name: unknown) => {
            asked.push(String(name));
            return new Proxy({}, { get: (_, method) => (method === "then" ? undefined : end) });
          };
        },
      }),
    });
  // The Worker ends here, as it does when a client has gone.
  void over(() => new Promise<never>(() => undefined)).legacy(token, opening);
  await vi.waitUntil(() => asked.length > 0, 5_000);
  const objects = async () =>
    (await sessions()).map((id) => bindings.MCP_SESSIONS.idFromName(`streamable-http:${id}`).toString());
  expect(await objects()).toEqual(asked.slice(0, 1));

  const failed = await over(() => Promise.reject(new Error("no object"))).legacy(token, opening);
  expect(failed.status).toBeGreaterThanOrEqual(500);
  expect(takeErrors()).toHaveLength(1);
  expect(await objects()).toHaveLength(2);
  await runInDurableObject(ledgerOf(token), (ledger: Ledger) => {
    ledger.clock = () => Date.now() + 31 * 60_000;
  });
  await runDurableObjectAlarm(ledgerOf(token));
  expect(await objects()).toEqual([]);
});
