// What nobody can decide is denied at the gate, with an event: versions that are not spoken, headers that do not say what the body says,
// calls that cannot be read. Each beside the honest one.

import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { rule } from "../../../src/bridge/gate/rule.ts";
import { defineTool } from "../../../src/bridge/gate/tool.ts";
import { policy } from "../fixture/policy.ts";
import * as attack from "../support/attack.ts";
import { answerOf, call } from "../support/journey.ts";
import { journey, ledgerOf } from "../support/worker.ts";

const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

test("a protocol version that is not spoken is told every one that is, and denied at the gate with an event", async () => {
  const { token, session } = await attack.connected("versions");
  const denials = async () => (await ledgerOf(token).events()).filter(({ event }) => event.kind === "denial");
  const legacy = (version: string, message: unknown = call("whoami")) => {
    const headers = { ...attack.headersOf(token, version), "mcp-session-id": session };
    return journey.legacy(token, message, session, { headers });
  };
  const modern = (version: string, header = version) => {
    const _meta = { ...ENVELOPE, "io.modelcontextprotocol/protocolVersion": version };
    const headers = { ...attack.headersOf(token, header), "mcp-method": "tools/call", "mcp-name": "whoami" };
    const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami", _meta } };
    return journey.legacy(token, message, undefined, { headers });
  };
  for (const version of ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])
    expect([version, (await answerOf(await legacy(version))).result !== undefined]).toEqual([version, true]);
  expect((await answerOf(await modern("2026-07-28"))).result).toBeDefined();
  expect(await denials()).toEqual([]);
  for (const version of ["2099-01-01", "2026-07-29", "banana", "1", "2025-11-25, 2025-11-25", "2025-11-25x"]) {
    const all = expect.arrayContaining(["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]);
    // One that speaks 2026-07-28 is told what server/discover lists.
    for (const [answer, supported] of [
      [await legacy(version), all],
      [await modern(version), ["2026-07-28"]],
    ] as const) {
      const { status, error } = await answerOf(answer);
      expect([version, status, error?.code]).toEqual([version, 400, -32022]);
      expect(error?.data).toEqual({ requested: version, supported });
    }
    for (const [said, header] of [
      [version, "2026-07-28"],
      ["2026-07-28", version],
    ] as const) {
      const { status, error } = await answerOf(await modern(said, header));
      expect([said, header, status, error?.code]).toEqual([said, header, 400, -32020]);
    }
  }
  expect((await denials()).map(({ event }) => event)).toMatchObject([{ tool: "whoami", reason: "invalid-message" }]);
  // In a handshake a server answers with a version of its own (2025-11-25, lifecycle).
  const params = { ...attack.initialize().params, protocolVersion: "2099-01-01" };
  const opened = await answerOf(await journey.legacy(token, { ...attack.initialize(1), params }));
  expect(opened.result?.["protocolVersion"]).toBe("2025-11-25");
});

test("Mcp-Name may come encoded; one that names something else, or that cannot be decoded, is denied at the gate with an event", async () => {
  const { token } = await attack.connected("encoded");
  const denials = async () => (await ledgerOf(token).events()).filter(({ event }) => event.kind === "denial");
  const send = async (name: string) =>
    answerOf(await journey.modern(token, "tools/call", { name: "whoami" }, { "mcp-name": name }));
  const encoded = (text: string) => `=?base64?${btoa(text)}?=`;
  for (const name of ["whoami", encoded("whoami")]) {
    const { result } = await send(name);
    expect([name, result?.isError, result?.structuredContent?.["name"]]).toEqual([name, undefined, "encoded"]);
  }
  expect(await denials()).toEqual([]);
  for (const name of [
    encoded("write_note"),
    "=?base64?d2hvYW1p=?=",
    "=?base64?////?=",
    "=?BASE64?d2hvYW1p?=",
    "=?base64??=",
  ]) {
    const { status, error } = await send(name);
    expect([name, status, error?.code]).toEqual([name, 400, -32020]);
  }
  expect((await denials()).map(({ event }) => event)).toMatchObject([{ tool: "whoami", reason: "invalid-message" }]);
});

test("a call that cannot be read is denied at the gate with an event, and the log holds no name that the caller made up", async () => {
  const { token, session } = await attack.connected("undecidable");
  const bad = [{}, { name: 5 }, { name: "whoami", arguments: [] }, { name: "ada's secret", arguments: 5 }];
  for (const params of bad) {
    const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    for (const answer of [
      await journey.legacy(token, message, session),
      await journey.modern(token, "tools/call", params),
    ])
      expect((await answerOf(answer)).error?.code).toBeLessThan(-32000);
  }
  const events = (await ledgerOf(token).events()).map(({ event }) => event);
  const denied = events.flatMap((event) => (event.kind === "denial" ? [[event.tool, event.reason]] : []));
  expect(new Set(denied.map(String))).toEqual(new Set(["(unknown),invalid-message", "whoami,invalid-message"]));
  expect(JSON.stringify(events)).not.toContain("secret");
});

test("arguments repeated in headers are checked where a tool asks for them, in 2026-07-28 only, and a mismatch is denied with an event", async () => {
  const region = defineTool({
    title: "Region",
    description: "Says the region.",
    input: z.strictObject({ region: z.string().meta({ "x-mcp-header": "Region" }) }),
    example: { region: "eu" },
    output: z.object({ region: z.string() }),
    run: ({ region }, _: null) => ({ region }),
  });
  const row = rule({ tool: region, scope: "profile:read", effect: "read", capability: () => null });
  Object.assign(policy, { say_region: row });
  onTestFinished(() => {
    Reflect.deleteProperty(policy, "say_region");
  });
  const { token, session } = await attack.connected("mirrored-arguments");
  const args = { region: "eu" };
  const send = async (headers: Record<string, string>) =>
    answerOf(await journey.modern(token, "tools/call", { name: "say_region", arguments: args }, headers));
  expect((await send({ "mcp-param-region": "eu" })).result?.structuredContent).toEqual(args);
  expect((await send({ "mcp-param-region": "=?base64?ZXU=?=" })).result?.structuredContent).toEqual(args);
  expect(
    (await answerOf(await journey.legacy(token, call("say_region", args), session))).result?.structuredContent,
  ).toEqual(args);
  for (const headers of [{}, { "mcp-param-region": "us" }]) {
    expect(await send(headers)).toMatchObject({ status: 400, error: { code: -32020 } });
  }
  const denied = (await ledgerOf(token).events()).flatMap(({ event }) => (event.kind === "denial" ? [event] : []));
  expect(denied).toMatchObject([{ tool: "say_region", reason: "invalid-message" }]);
  const preflight = await journey.fetch(journey.resource, {
    method: "OPTIONS",
    headers: {
      origin: "http://localhost:6274",
      "access-control-request-method": "POST",
      "access-control-request-headers": "mcp-param-region,mcp-name,x-other",
    },
  });
  expect(preflight.headers.get("access-control-allow-headers")).toMatch(/mcp-name.*, mcp-param-region$/);
});
