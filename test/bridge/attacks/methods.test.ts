// Every method is decided at the gate: what needs a rule and has none reaches no transport, and leaves an event.

import fc from "fast-check";
import { expect, test } from "vitest";
import { needsNoRule } from "../../../src/bridge/gate/methods.ts";
import * as attack from "../support/attack.ts";
import { answerOf } from "../support/journey.ts";
import { journey, ledgerOf } from "../support/worker.ts";

const OPERATIONS = [
  ["resources/read", { uri: "note://secret" }],
  ["resources/subscribe", { uri: "note://secret" }],
  ["prompts/get", { name: "summarize" }],
  ["completion/complete", { ref: { type: "ref/prompt", name: "summarize" }, argument: { name: "id", value: "a" } }],
  ["subscriptions/listen", {}],
  ["tasks/get", { taskId: "1" }],
  ["logging/setLevel", { level: "debug" }],
  ["sampling/createMessage", {}],
  ["tools/Call", { name: "whoami", arguments: {} }],
] as const;

test("a method that no rule decides is unknown in both transports, and each denial is in the audit log", async () => {
  const { token, session } = await attack.connected("methods");
  const denials = async () =>
    (await ledgerOf(token).events()).flatMap(({ event }) => (event.kind === "denial" ? [event] : []));
  const ways = {
    session: (method: string, params: object) =>
      journey.legacy(token, { jsonrpc: "2.0", id: 7, method, params }, session),
    stateless: (method: string, params: Readonly<Record<string, unknown>>) => {
      const named = params["uri"] ?? params["name"];
      const headers: Record<string, string> = named === undefined ? {} : { "mcp-name": String(named) };
      return journey.modern(token, method, { ...params }, headers);
    },
  };
  // What needs no rule is answered, by the transport.
  expect((await answerOf(await ways.session("tools/list", {}))).result?.tools?.length).toBeGreaterThan(0);
  expect((await answerOf(await ways.stateless("tools/list", {}))).result?.tools?.length).toBeGreaterThan(0);
  expect(await denials()).toEqual([]);
  for (const [method, params] of OPERATIONS) {
    const old = await answerOf(await ways.session(method, params));
    expect([method, old.status, old.error?.code]).toEqual([method, 200, -32601]);
    const modern = await answerOf(await ways.stateless(method, params));
    expect([method, modern.status, modern.error?.code]).toEqual([method, 404, -32601]);
  }
  const found = await denials();
  expect(found.every(({ reason, tool }) => reason === "unknown-method" && tool === "(message)")).toBe(true);
  expect(found.length).toBeGreaterThan(0);
  // A client that asks for lists that are empty here is no attacker, and its session lives on.
  for (const method of ["resources/list", "prompts/list"])
    expect([method, (await answerOf(await ways.session(method, {}))).error?.code]).toEqual([method, -32601]);
  expect((await answerOf(await ways.session("tools/list", {}))).status).toBe(200);
});

test("the list of methods without a rule is closed: nothing else of the protocol, and nothing made up, is on it", () => {
  for (const [method] of OPERATIONS) expect([method, needsNoRule(method)]).toEqual([method, false]);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const listed = ["initialize", "ping", "server/discover", "tools/list"].includes(text);
      expect(needsNoRule(text)).toBe(
        listed || /^(notifications\/|(resources(\/templates)?|prompts)\/list$)/.test(text),
      );
    }),
  );
});
