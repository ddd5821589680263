// What honest clients send that is not to the letter, and what they are told when something is wrong: what they accept, which id an
// error names, cursors. In both transports.

import { expect, test } from "vitest";
import { readsOf } from "../../../src/bridge/mcp/accept.ts";
import * as attack from "../support/attack.ts";

import { answerOf, call } from "../support/journey.ts";
import { journey } from "../support/worker.ts";

const ACCEPTED = {
  "application/json, text/event-stream": "both",
  "text/event-stream;q=0.9, application/json": "both",
  "application/json;q=0.1, TEXT/EVENT-STREAM; q=1.0": "both",
  "text/*, application/*": "both",
  "text/event-stream, */*;q=0.1": "both",
  "*/*": "json",
  "*/*;q=0.8": "json",
  "application/*": "json",
  "application/json": "json",
  "application/json; charset=utf-8": "json",
  "application/json, application/mcp+json": "json",
  "application/json, text/event-stream;q=0": "json",
  "*/*, text/event-stream;q=0.000": "json",
  "": "json",
  "text/event-stream": "events",
  "text/event-stream, application/json;q=0": "events",
  "text/*;q=0.5": "events",
  "text/html": "none",
  "application/jsonx": "none",
  "*/*;q=0": "none",
  "application/*;q=0, image/*": "none",
} as const;

const TYPES = {
  both: /^(application\/json|text\/event-stream)/,
  json: /^application\/json/,
  events: /^text\/event-stream/,
};

test("an answer comes in a type that the client accepts, wildcards, weights and silence included, in both transports", async () => {
  const { token } = await attack.connected("accepting");
  expect(readsOf(null)).toBe("json");
  for (const [accept, reads] of Object.entries(ACCEPTED)) {
    const headers = { ...attack.headersOf(token, "2025-11-25"), accept };
    const opened = await journey.legacy(token, attack.initialize(7), undefined, { headers });
    const listed = await journey.modern(token, "tools/list", {}, { accept });
    for (const answer of [opened, listed]) {
      const type = answer.headers.get("content-type") ?? "";
      const said = await answer.clone().text();
      const { status, result } = await answerOf(answer);
      if (reads === "none") {
        expect([accept, status, JSON.parse(said).id]).toEqual([accept, 406, answer === opened ? 7 : 1]);
        continue;
      }
      expect([accept, readsOf(accept), status, result !== undefined]).toEqual([accept, reads, 200, true]);
      expect(type).toMatch(TYPES[reads]);
      expect(said.startsWith("{")).toBe(type.startsWith("application/json"));
    }
    // And what follows in the session.
    const session = opened.headers.get("mcp-session-id");
    if (session === null) continue;
    const answer = await journey.legacy(token, call("whoami"), session, {
      headers: { ...headers, "mcp-session-id": session },
    });
    expect([accept, (await answerOf(answer)).result?.structuredContent?.["name"]]).toEqual([accept, "accepting"]);
  }
});

test("an error names the id of its request where it can be read, and has none where it cannot", async () => {
  const { token, session } = await attack.connected("ids");
  const message = (id: string, rest = '"params":[]') => `{"jsonrpc":"2.0","id":${id},"method":"ping",${rest}}`;
  const cases: readonly (readonly [string, unknown])[] = [
    ["{", undefined],
    ["", undefined],
    ["[]", undefined],
    ["null", undefined],
    [`[${message("1")}]`, undefined],
    ...(["1", '"a"', "0", "-3", '""', "1.5"] as const).map((id) => [message(id), JSON.parse(id)] as const),
    [message(JSON.stringify("i".repeat(300))), "i".repeat(300)],
    ...(["null", "{}", "[1]", "true", "9007199254740993", "1e400"] as const).map(
      (id) => [message(id), undefined] as const,
    ),
    [message("4", '"params":{"a":1,"a":2}'), 4],
    [message("4", '"id":5'), undefined],
    [message("4", '"\\u0069d":5'), undefined],
    [message("4", '"params":{"constructor":1}'), 4],
    [message("4", `"params":${'{"a":'.repeat(40)}1${"}".repeat(40)}`), 4],
    ['{"jsonrpc":"1.0","id":6,"method":"ping"}', 6],
    ['{"jsonrpc":"2.0","id":6,"method":5}', 6],
    // A response, broken: its id is that of a question, and nobody asked one.
    ['{"jsonrpc":"2.0","id":6,"results":{}}', undefined],
    ['{"jsonrpc":"2.0","method":"ping","params":[]}', undefined],
  ];
  for (const [body, id] of cases) {
    for (const version of ["2025-11-25", "2026-07-28"]) {
      const headers = { ...attack.headersOf(token, version), "mcp-method": "ping", "mcp-session-id": session };
      const said: unknown = JSON.parse(await (await journey.legacy(token, body, session, { headers })).text());
      const expected =
        id === undefined ? expect.not.objectContaining({ id: expect.anything() }) : expect.objectContaining({ id });
      expect([body.slice(0, 60), said]).toEqual([body.slice(0, 60), expected]);
      expect(JSON.stringify(said)).not.toContain('"id":null');
      expect(said).toHaveProperty("error.code");
    }
  }
  for (const answer of [
    await journey.legacy(token, '{"jsonrpc":"2.0","method":"notifications/x"}', session, {
      headers: { ...attack.headersOf(token, "2099-01-01"), "mcp-session-id": session },
    }),
    await journey.modern(token, "subscriptions/listen"),
    await journey.legacy(token, attack.initialize(3), session),
    await journey.legacy(token, call("whoami"), "made-up"),
    await journey.fetch(journey.resource, { headers: { authorization: `Bearer ${token}` } }),
    await journey.legacy(token, "x", session, { headers: attack.headersOf(token, "2025-11-25", "text/plain") }),
  ]) {
    expect(await answer.text()).not.toContain('"id":null');
  }
});

test("a cursor that the bridge never gave is refused in both transports, and a list without one is whole", async () => {
  const { token, session } = await attack.connected("cursors");
  const list = async (params: Record<string, unknown>) => [
    await answerOf(await journey.legacy(token, { jsonrpc: "2.0", id: 1, method: "tools/list", params }, session)),
    await answerOf(await journey.modern(token, "tools/list", params)),
  ];
  for (const { result } of await list({})) expect(result?.tools?.length).toBeGreaterThan(3);
  for (const cursor of ["bogus", "", "0", 5, null]) {
    for (const { status, error } of await list({ cursor })) expect([status, error?.code]).toEqual([200, -32602]);
  }
});
