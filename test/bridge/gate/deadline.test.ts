// A tool that does not end in time: it is told to stop, its caller gets an answer, and its admission stays open until it has ended.

import { afterEach, expect, test, vi } from "vitest";
import * as z from "zod";
import { rule } from "../../../src/bridge/gate/rule.ts";
import { DEADLINE_MS } from "../../../src/bridge/gate/run.ts";
import { holderOf, TicketBook } from "../../../src/bridge/gate/ticket.ts";
import { defineTool } from "../../../src/bridge/gate/tool.ts";
import { callTool } from "../../../src/bridge/mcp/register.ts";
import { sha256 } from "../../../src/bridge/seal.ts";
import { principal } from "./principals.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("a tool that goes on past its deadline is told to stop, may have taken effect, and is settled when it has ended", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const outcomesWritten: unknown[] = [];
  let signal: AbortSignal | undefined;
  const end = Promise.withResolvers<Record<string, never>>();
  const endless = defineTool({
    title: "Wait",
    description: "Waits.",
    input: z.strictObject({}),
    example: {},
    output: z.object({}),
    run: (_args, _capability: null, stop) => {
      signal = stop;
      return end.promise;
    },
  });
  const me = principal();
  const digest = await sha256({});
  const holder = holderOf(me);
  const ticket = {
    seq: 1,
    hash: "h",
    holder,
    tool: "wait",
    tainted: false,
    approval: null,
    approved: null,
    digest,
    expires: 2,
  };
  const notAsked = () => Promise.reject(new Error("not asked"));
  const recordOutcomes = async (outcome: unknown) => void outcomesWritten.push(outcome);
  const ports = {
    policy: { wait: rule({ tool: endless, scope: "notes:read", effect: "read", capability: (_: null) => null }) },
    ledger: { admit: notAsked, deny: notAsked, standing: notAsked, recordOutcomes, taint: async () => undefined },
    digest: sha256,
    now: () => 1,
    host: null,
    book: new TicketBook(),
    later: () => undefined,
    report: () => undefined,
    boundary: () => "b1",
  };
  const written = vi.spyOn(console, "log").mockReturnValue(undefined);
  const running = callTool({ name: "wait" }, { principal: me, blocked: [], ticket }, "request-1", ports);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS - 1);
  expect(signal?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  const ended = await Promise.race([running, Promise.resolve("still running")]);
  const content = [{ text: expect.stringContaining("may have taken effect") }];
  expect([ended, signal?.aborted]).toMatchObject([{ isError: true, content }, true]);
  const line = { at: "outcome", request: "request-1", tool: "wait", outcome: "timeout" };
  expect(written.mock.calls).toEqual([[JSON.stringify(line)]]);
  expect(outcomesWritten).toEqual([]);
  end.resolve({});
  await vi.waitUntil(() => outcomesWritten.length > 0);
  expect(outcomesWritten.flat()).toMatchObject([{ of: 1, outcome: "timeout" }]);
});
