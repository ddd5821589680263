import fc from "fast-check";
import { expect, test } from "vitest";
import { policy } from "../fixture/policy.ts";
import { bridgeAt, countObjects, textWithin } from "../support/attack.ts";
import { print } from "../support/log.ts";
import { SCOPES } from "../support/own-app.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

const CASES = 5_000;
/** On a slow machine the rest is left out; the seed says which. */
const TIME_LIMIT_MS = 40_000;
/** Replace: a seed that a failure printed, to see it again. */
const SEED = Date.now() % 2 ** 31;

const ROWS = Object.keys(policy);
const METHODS = [
  "initialize",
  "notifications/initialized",
  "notifications/cancelled",
  "ping",
  "tools/list",
  "tools/call",
  "resources/read",
  "prompts/get",
  "completion/complete",
  "logging/setLevel",
  "server/discover",
  "subscriptions/listen",
  "tasks/get",
  "__proto__",
  "constructor",
];
const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "fuzz", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

const junk = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.string({ unit: "binary" }), fc.double(), fc.constant(null));
/** Every row takes a strict object, and none has this key: whatever else is in there, no such call is valid. */
const neverValid = fc
  .dictionary(fc.oneof(fc.constantFrom("id", "query", "title", "text"), fc.string()), junk, { maxKeys: 4 })
  .map((more) => ({ ...more, fuzz: 1 }));
/** Mostly `usual`: what is all odd never gets past the first check. */
function mostly<T>(usual: fc.Arbitrary<T>, weight = 12): fc.Arbitrary<unknown> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: junk });
}
const nameOf = mostly(fc.oneof(fc.constantFrom(...ROWS), fc.string(), fc.constantFrom("__proto__", "toString")));
const notAnObject = junk.filter((value) => typeof value !== "object" || value === null || Array.isArray(value));
const params = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      name: nameOf,
      arguments: fc.oneof({ weight: 9, arbitrary: neverValid }, { weight: 1, arbitrary: notAnObject }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ cursor: junk, uri: junk, requestId: junk, level: junk }, { requiredKeys: [] }) },
  { weight: 2, arbitrary: fc.dictionary(fc.string(), junk).filter((value) => !("name" in value)) },
  { weight: 1, arbitrary: notAnObject },
);
const message = fc
  .record({
    jsonrpc: mostly(fc.constant("2.0"), 30),
    id: mostly(fc.oneof(fc.integer(), fc.string()), 30),
    method: mostly(fc.constantFrom(...METHODS, ...METHODS.map(() => "tools/call")), 30),
    params,
    result: mostly(fc.constant(undefined), 30),
    error: mostly(fc.constant(undefined), 30),
  })
  .chain((odd) => fc.record({ odd: fc.constant(odd), meta: fc.option(mostly(fc.constant(META), 30)) }))
  .map(({ odd, meta }) => {
    const { params } = odd;
    if (meta === null || typeof params !== "object" || params === null || Array.isArray(params)) return odd;
    return { ...odd, params: { ...params, _meta: meta } };
  });

/** A refused call of either protocol version with a piece cut out and a piece put in: nearly JSON, nearly a message. */
const mangled = fc
  .record({
    modern: fc.boolean(),
    at: fc.nat(),
    cut: fc.nat({ max: 6 }),
    put: fc.oneof(fc.string(), fc.constantFrom('"', "{", "}", "[", "]", "\\", ",", "\u0000", "\ud800", '"id":1,')),
  })
  .map(({ modern, at, cut, put }) => {
    const call = { name: "write_note", arguments: { fuzz: 1, text: 7 }, ...(modern ? { _meta: META } : {}) };
    const text = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: call });
    const start = at % text.length;
    return text.slice(0, start) + put + text.slice(start + cut);
  });

const body = fc.oneof(
  { weight: 16, arbitrary: message.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: mangled },
  { weight: 1, arbitrary: fc.oneof(junk, fc.array(message)).map((value) => JSON.stringify(value) ?? "") },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
);

const printable = fc.stringMatching(/^[!-~]{0,30}$/);
const headers = fc.record({
  "content-type": fc.oneof({ weight: 30, arbitrary: fc.constant("application/json") }, printable),
  accept: fc.oneof({ weight: 9, arbitrary: fc.constant("application/json, text/event-stream") }, printable),
});
const lying = fc.oneof(
  fc.record({ "mcp-method": printable }),
  fc.record({ "mcp-name": fc.oneof(fc.constantFrom(...ROWS), printable) }),
  fc.record({ "mcp-protocol-version": fc.oneof(fc.constantFrom("2025-11-25", "2026-07-28"), printable) }),
);

const CASE = fc.record({
  body,
  headers,
  /** What the headers say instead of what the body says. */
  lies: fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, lying),
  named: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  transport: fc.constantFrom("on", "off"),
});
type Case = typeof CASE extends fc.Arbitrary<infer T> ? T : never;

/** The version and the mirrored headers that the body calls for (SEP-2243). */
function mirrored(body: Case["body"]): Record<string, string> {
  try {
    const { method, params } = JSON.parse(String(body)) as { method?: unknown; params?: Record<string, unknown> };
    if (params?.["_meta"] === undefined) return { "mcp-protocol-version": "2025-11-25" };
    const name = params["name"];
    return {
      "mcp-protocol-version": "2026-07-28",
      ...(typeof method === "string" ? { "mcp-method": encodeURI(method) } : {}),
      ...(typeof name === "string" ? { "mcp-name": encodeURI(name) } : {}),
    };
  } catch {
    return {};
  }
}

/** What a fault would let slip: a stack, a path, an exception's own words, a value that was never a value. */
const INNARDS = /\bat \S+ \(|\.[cm]?[jt]sx?:\d|node_modules|\/src\/|\b[A-Z]\w*Error\b|\[object /;

test(`${CASES} odd messages of both protocol versions end nowhere: no 5xx, no hang, no innards, nothing changed (seed ${SEED})`, {
  timeout: 180_000,
}, async () => {
  const { tokens } = await journey.connect({ scope: "notes:write", ticked: ["notes:read", "notes:write"] });
  const token = tokens.access_token;
  const session = await journey.openSession(token);
  const doors = { on: journey, off: bridgeAt(ORIGIN, { SESSIONS: "off" }, SCOPES) };
  const call = { name: "write_note", arguments: { title: "kept", text: "kept" } };
  expect((await journey.modern(token, "tools/call", call)).status).toBe(200);
  const state = async () => ({
    notes: (await bindings.DB.prepare("SELECT * FROM note").all()).results,
    kinds: (await ledgerOf(token).events()).filter(({ event }) => event.kind !== "denial").length,
    objects: await countObjects(),
  });
  await expect.poll(async () => (await state()).kinds, { timeout: 10_000 }).toBe(7);
  const before = await state();

  const statuses: Record<number, number> = {};
  async function sendOne({ body, headers, lies, named, transport }: Case): Promise<void> {
    const all = new Headers({ ...headers, authorization: `Bearer ${token}` });
    for (const [name, value] of Object.entries({ ...mirrored(body), ...lies })) all.set(name, value);
    if (named && transport === "on") all.set("mcp-session-id", session);
    const answer = await doors[transport === "on" ? "on" : "off"].fetch(journey.resource, {
      method: "POST",
      headers: all,
      body,
    });
    const text = await textWithin(answer);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    expect(answer.status).toBeLessThan(500);
    expect(text).not.toMatch(INNARDS);
    expect(text).not.toContain("(the answer never ended)");
    expect(text).not.toContain("drawbridge/audit");
  }
  const limits = { interruptAfterTimeLimit: TIME_LIMIT_MS, markInterruptAsFailure: false, timeout: 10_000 };
  await fc.assert(fc.asyncProperty(CASE, sendOne), { numRuns: CASES, seed: SEED, ...limits });
  const done = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  print(`seed ${SEED}, ${done} of ${CASES} cases, by status ${JSON.stringify(statuses)}`);
  expect(await state()).toEqual(before);
  expect(done).toBeGreaterThan(1_000);
  // Most of it got past the token, and much of it past the first checks too.
  expect(statuses[401]).toBeUndefined();
  expect(statuses[200]).toBeGreaterThan(done / 20);
  const still = await journey.legacy(token, { jsonrpc: "2.0", id: 1, method: "tools/list" }, session);
  expect([still.status, await still.text()]).toEqual([200, expect.stringContaining("write_note")]);
});
