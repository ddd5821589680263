// Messages under attack (M1 to M6, M13, G, H10, ), and each lock with the other one taken away.

import { expect, test } from "vitest";
import { run } from "../../../src/bridge/gate/run.ts";
import type { GateResult } from "../../../src/bridge/gate/ticket.ts";
import { logFailure } from "../../../src/bridge/log.ts";
import { parseMessage } from "../../../src/bridge/mcp/message.ts";
import { callTool } from "../../../src/bridge/mcp/register.ts";
import { policy } from "../fixture/policy.ts";
import * as attack from "../support/attack.ts";
import { admitted, CALL, stranger } from "../support/attack-tool.ts";
import { answerOf, call } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { journey, ORIGIN } from "../support/worker.ts";

const NOTE = { title: "t", text: "x" };
const WRITE = { name: "write_note", arguments: NOTE };

test("what is not one well-formed JSON message is refused with its code in both transports, and nothing is admitted", async () => {
  const { token, session, kinds } = await attack.connected("malformed");
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const message = (params: string, id = "1") => `{"jsonrpc":"2.0","id":${id},"method":"ping","params":${params}}`;
  expect((await journey.legacy(token, message(deep(31)), session)).status).toBe(200);
  const before = await kinds();
  const bad: readonly string[] = [
    ...["[]", "null", '"tools/call"', JSON.stringify([call("whoami")])],
    JSON.stringify([call("whoami"), call("write_note", NOTE, 2)]),
    message(deep(32)),
    message(`${"[".repeat(60_000)}${"]".repeat(60_000)}`),
    ...['{"__proto__":{"name":"whoami"}}', '{"\\u005f_proto__":1}', '{"constructor":{"prototype":1}}'].map((p) =>
      message(p),
    ),
    ...['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', "[1]", '"x"', "null"].map((params) => message(params)),
    '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"whoami"}}',
    ...["5", '["ping"]', "null", '""'].map((method) => `{"jsonrpc":"2.0","id":1,"method":${method}}`),
    ...["1e400", "9007199254740993", "1.5", "null", "{}", `"${"i".repeat(257)}"`].map((id) => message("{}", id)),
  ];
  for (const [body, code] of [
    ...bad.map((text) => [text, -32600] as const),
    ["", -32700],
    ['{"a":', -32700],
  ] as const) {
    for (const headers of [
      attack.headersOf(token, "2025-11-25"),
      { ...attack.headersOf(token, "2026-07-28"), "mcp-method": "ping" },
    ]) {
      const answer = await answerOf(await journey.legacy(token, body, session, { headers }));
      expect([answer.status, answer.error?.code], body.slice(0, 80)).toEqual([400, code]);
    }
  }
  for (const type of attack.words("text/plain application/jsonx application/x-www-form-urlencoded text/json")) {
    const headers = { ...attack.headersOf(token, "2025-11-25", type), "mcp-session-id": session };
    expect([type, (await journey.legacy(token, call("whoami"), session, { headers })).status]).toEqual([type, 415]);
  }
  expect(await kinds()).toEqual(before);
});

test("an honest message is not taken for a malformed one, whatever its strings contain", () => {
  const tricky = ["a", ": b", '"c": "d"', "\\", '\\"', " \t: ", '","x":'];
  const message = { jsonrpc: "2.0", id: 1, method: "ping", params: { tricky, ": k": '":"' } };
  expect(parseMessage(JSON.stringify(message))).toHaveProperty("message");
});

test("a long body is read once, whatever it repeats: going back over it would take hours", () => {
  for (const piece of ["x", '"', "\\", " ", '":']) {
    const params = { text: piece.repeat(2_000_000) };
    expect(parseMessage(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping", params }))).toHaveProperty("message");
  }
});

test("bodies are counted as they arrive: 128 KiB in all, 64 KiB for a session, and what is refused is not admitted", async () => {
  const { token, session, admissions } = await attack.connected("large");
  const status = async (message: unknown, more?: RequestInit) =>
    (await answerOf(await journey.legacy(token, message, session, more))).status;
  const padded = (bytes: number) => ({
    ...call("whoami"),
    params: { name: "whoami", _meta: { pad: "p".repeat(bytes) } },
  });
  expect(await status(padded(60 * 1024))).toBe(200);
  const before = await admissions();
  const chunk = new TextEncoder().encode(" ".repeat(1024));
  let left = 129;
  const pull = (to: ReadableStreamDefaultController) => (left-- > 0 ? to.enqueue(chunk) : to.close());
  // A stream has no Content-Length.
  expect(await status("", { body: new ReadableStream({ pull }) })).toBe(413);
  expect((await journey.fetch(`${ORIGIN}/?${"q".repeat(9 * 1024)}`)).status).toBe(414);
  expect(await status(padded(129 * 1024))).toBe(413);
  expect(await status(padded(65 * 1024))).toBe(413);
  expect(await admissions()).toBe(before);
});

test("what a transport would refuse by its headers, or not answer at all, is refused before it is admitted", async () => {
  const { token, session, admissions } = await attack.connected("headers");
  const send = async (headers: Record<string, string>, message: unknown = call("whoami")) =>
    (await journey.fetch(journey.resource, { method: "POST", headers, body: JSON.stringify(message) })).status;
  const legacy = { ...attack.headersOf(token, "2025-11-25"), "mcp-session-id": session };
  expect(await send(legacy)).toBe(200);
  const before = await admissions();
  expect(await send({ ...legacy, accept: "text/html" })).toBe(406);
  expect(await send({ ...legacy, "mcp-protocol-version": "1999-01-01" })).toBe(400);
  expect((await journey.modern(token, "tools/call", WRITE, { "mcp-protocol-version": "2025-11-25" })).status).toBe(400);
  expect(await send(legacy, { jsonrpc: "2.0", method: "tools/call", params: WRITE })).toBeLessThan(500);
  expect(await admissions()).toBe(before);
});

test("a call whose mirrored headers name something else runs nothing, and its denial is recorded", async () => {
  const { token, kinds } = await attack.connected("mirrored");
  expect((await journey.modern(token, "tools/call", { name: "whoami" })).status).toBe(200);
  const before = await kinds();
  const notes = await attack.countNotes();
  const wrong = [{ "mcp-name": "whoami" }, { "mcp-name": "WRITE_NOTE" }, { "mcp-method": "tools/list" }];
  // An empty one is as good as none.
  for (const headers of [...wrong, { "mcp-name": "" }, { "mcp-method": "" }]) {
    const { status, error } = await answerOf(await journey.modern(token, "tools/call", WRITE, headers));
    expect([status, error?.code]).toEqual([400, -32020]);
  }
  // The same denial again and again is one event and a count.
  expect((await kinds()).filter((kind) => kind !== "settlement")).toEqual([
    ...before.filter((kind) => kind !== "settlement"),
    "denial",
  ]);
  expect(await attack.countNotes()).toBe(notes);
});

test("a prototype's name, a made-up name and a tool that is not for this user read the same in both transports", async () => {
  const full = attack.bridgeAt(ORIGIN);
  const { token, session } = await attack.connected("ada", full);
  const ran = await answerOf(await full.legacy(token, call("write_note", NOTE), session));
  expect(ran.result?.structuredContent).toHaveProperty("id");

  const narrow = attack.bridgeAt(ORIGIN, {}, ["profile:read"]);
  const listed = await answerOf(await narrow.modern(token, "tools/list"));
  expect(listed.result?.tools?.map(({ name }) => name)).toEqual(["whoami"]);
  const heard = new Set<string>();
  const names = attack.words(
    "__proto__ constructor toString hasOwnProperty valueOf nope WHOAMI whoami. write_note search_notes",
  );
  for (const name of names) {
    const legacy = await narrow.legacy(token, call(name, NOTE), session);
    const modern = await narrow.modern(token, "tools/call", { name, arguments: NOTE });
    for (const { status, error } of [await answerOf(legacy), await answerOf(modern)])
      heard.add(JSON.stringify([status, error]));
  }
  expect([...heard]).toEqual([expect.stringContaining("Unknown tool")]);
  // Who is taken off the list is out, with the same token.
  expect((await attack.bridgeAt(ORIGIN, { ENTITLED: "" }).legacy(token, call("whoami"), session)).status).toBe(401);
});

test("a message that wants no answer gets none at once: no request is left hanging", async () => {
  const { token, session } = await attack.connected("hanging");
  const result = await journey.legacy(token, { jsonrpc: "2.0", id: 1, result: {} }, session);
  expect([result.status, await attack.textWithin(result)]).toEqual([202, ""]);
  const error = await journey.legacy(token, { jsonrpc: "2.0", id: 2, error: { code: 1, message: "no" } }, session);
  expect(await attack.textWithin(error)).not.toContain("never ended");
});

test("what is said about odd parameters is one line, not a dump of the schema", async () => {
  const { token, session } = await attack.connected("dump");
  const list = (cursor?: unknown) => ({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { cursor } });
  expect((await answerOf(await journey.legacy(token, list(), session))).result?.tools).toHaveLength(
    Object.keys(policy).length,
  );
  expect((await answerOf(await journey.legacy(token, list(5), session))).error?.message).not.toMatch(/\n|invalid_type/);
});

test("of a tool that throws a secret the caller learns an id, and the log not a line of its message", async () => {
  const secret = new Error("token=s3cret at /internal\nSECOND-LINE-s3cret\n    at s3cret");
  const { ports, gated, ran } = await admitted(secret);
  const answer = JSON.stringify(await callTool({ name: CALL.tool, arguments: CALL.args }, gated, "request-17", ports));
  expect([ran.length, answer]).toEqual([1, expect.stringContaining("internal error request-17")]);
  expect(answer).not.toMatch(/s3cret|internal\/|stack|LINE/);
  logFailure("request-18", secret);
  // One whose message is no longer what its stack begins with.
  logFailure("request-19", Object.assign(new Error("s3cret"), { message: "another" }));
  const lines = takeErrors();
  expect(lines).toEqual([expect.stringContaining("request-18"), expect.stringContaining("request-19")]);
  expect(lines.join()).not.toContain("s3cret");
});

test("with the gate's answer forged the run refuses: no ticket, another's, other arguments, twice", async () => {
  type Made = Awaited<ReturnType<typeof admitted>>;
  const attempt = async (change: (made: Made) => Partial<GateResult> & { readonly call?: typeof CALL }) => {
    const made = await admitted(new Error("ran"));
    const { call: changed = CALL, ...gated } = change(made);
    const { outcome } = await run(changed, { ...made.gated, ...gated }, made.ports);
    return [outcome, made.ran.length];
  };
  expect(await attempt(() => ({}))).toEqual(["failed", 1]);
  expect(await attempt(() => ({ ticket: undefined }))).toEqual(["no-ticket", 0]);
  expect(await attempt(() => ({ call: { ...CALL, args: { text: "changed" } } }))).toEqual(["no-ticket", 0]);
  expect(await attempt(({ ticket }) => ({ ticket: { ...ticket, tool: "other" } }))).toEqual(["no-ticket", 0]);
  expect(await attempt(({ ticket }) => ({ ticket: { ...ticket, expires: 1000 } }))).toEqual(["no-ticket", 0]);
  const { ports, gated, ran } = await admitted(new Error("ran"));
  const twice = [(await run(CALL, gated, ports)).outcome, (await run(CALL, gated, ports)).outcome];
  expect([twice, ran.length]).toEqual([["failed", "no-ticket"], 1]);
  expect(await attempt(() => ({ principal: stranger })), "another user's ticket").toEqual(["no-ticket", 0]);
});
