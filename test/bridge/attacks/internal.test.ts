import { expect, test, vi } from "vitest";
import * as z from "zod";
import { passCall } from "../../../src/bridge/gate/gate.ts";
import type { LedgerPort } from "../../../src/bridge/gate/ledger-port.ts";
import { rule } from "../../../src/bridge/gate/rule.ts";
import { run } from "../../../src/bridge/gate/run.ts";
import { TicketBook } from "../../../src/bridge/gate/ticket.ts";
import { defineTool, ToolError } from "../../../src/bridge/gate/tool.ts";
import { logFailure } from "../../../src/bridge/log.ts";
import { toolResult } from "../../../src/bridge/mcp/wire.ts";
import { sha256 } from "../../../src/bridge/seal.ts";
import { type OrderReader, type OrdersApi, orderReader } from "../../../src/bridge/web/internal.ts";
import { principal } from "../gate/principals.ts";
import { takeErrors } from "../support/log.ts";

const ORDERS: OrdersApi = { ORDERS_URL: "https://orders.example.com", ORDERS_TOKEN: "canary-credential-0123456789" };

// As in docs/cookbook.md.
const readOrder = defineTool({
  title: "Read an order",
  description: "Returns one of the person's orders by its number.",
  input: z.strictObject({ id: z.string().min(1).max(64) }),
  example: { id: "1" },
  output: z.object({ id: z.string(), state: z.string(), items: z.array(z.string()) }),
  async run({ id }, { read }: OrderReader, signal) {
    const found = await read(id, signal);
    if (found === "gone") throw new ToolError("There is no such order.");
    if (found === "failed") throw new ToolError("The order system did not answer. Try again later.");
    return found.order;
  },
});
const row = {
  tool: readOrder,
  scope: "notes:read",
  effect: "read",
  capability: orderReader,
  reaches: "outside",
} as const;

/** The tool, called once against an API that answers like this: what was asked for, what the caller got, what was logged. */
async function called(id: string, answer: () => Response | Promise<Response>, api: OrdersApi = ORDERS) {
  const asked: { readonly url: string; readonly headers: Record<string, string>; readonly redirect: unknown }[] = [];
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    asked.push({ url: String(url), headers: Object.fromEntries(new Headers(init?.headers)), redirect: init?.redirect });
    return answer();
  });
  const ledger: LedgerPort = {
    admit: async () => ({ seq: 1, hash: "h", tainted: false, approval: null, approved: null }),
    deny: async () => ({ again: false }),
    standing: async () => ({ blocked: [] }),
    settle: async () => undefined,
    taint: async () => undefined,
  };
  const ports = {
    policy: { read_order: rule(row) },
    ledger,
    digest: sha256,
    ask: async () => ({ id: "q", args: "" }),
    now: Date.now,
    budgetFactor: 1,
    host: api,
    book: new TicketBook(),
    later: () => undefined,
    report: (error: unknown) => logFailure("request-1", error),
    boundary: () => "b",
  };
  const where = { country: "XX", asn: 0, agent: "other" };
  const call = { tool: "read_order", args: { id } };
  const gate = await passCall(call, { principal: principal(), request: "request-1", where, session: null }, ports);
  if (gate.pass === undefined) throw new Error("refused");
  const result = toolResult(await run(call, gate.pass, ports), "request-1");
  spy.mockRestore();
  return { asked, result, logged: JSON.stringify(takeErrors()) };
}

const GOOD = { id: "A-1", state: "sent", items: ["book"] };
const good = () => Response.json({ ...GOOD, internal: "field" });

test("T10: an internal API gets the bridge's own credential and whom it is for, and the caller gets what it declared", async () => {
  const { asked, result } = await called("A-1", good);
  expect(result.structuredContent).toEqual(GOOD);
  expect(asked).toEqual([
    {
      url: "https://orders.example.com/orders/A-1",
      headers: {
        accept: "application/json",
        authorization: `Bearer ${ORDERS.ORDERS_TOKEN}`,
        "x-on-behalf-of": principal().subject,
      },
      redirect: "manual",
    },
  ]);
});

test("T10: the credential reaches one origin only and no answer, error or log, whatever the API does", async () => {
  expect((await called("A-1", good)).result.isError).toBeUndefined();
  const echo = Response.json({ ...GOOD, items: [`Bearer ${ORDERS.ORDERS_TOKEN}`] });
  const answers: Readonly<Record<string, () => Response | Promise<Response>>> = {
    redirect: () => new Response(null, { status: 302, headers: { location: "https://evil.test/" } }),
    "redirect to itself": () =>
      new Response(null, { status: 307, headers: { location: "https://orders.example.com/x" } }),
    echo: () => echo.clone(),
    "an error with the credential": () => new Response(ORDERS.ORDERS_TOKEN, { status: 500 }),
    "a network error with the credential": () => Promise.reject(new Error(`no route with ${ORDERS.ORDERS_TOKEN}`)),
    "another shape": () => Response.json({ id: 1 }),
    "no JSON": () => new Response("<html>"),
    huge: () => Response.json({ ...GOOD, state: "x".repeat(100_000) }),
  };
  for (const [what, answer] of Object.entries(answers)) {
    const { asked, result, logged } = await called("A-1", answer);
    expect([what, asked.map(({ url }) => url)]).toEqual([what, ["https://orders.example.com/orders/A-1"]]);
    expect([what, result.content[0]?.text]).toEqual([what, "The order system did not answer. Try again later."]);
    expect([what, `${JSON.stringify(result)}${logged}`.includes("canary-credential")]).toEqual([what, false]);
  }
});

test("G6: no id leads out of the one path, and a credential is never sent in the clear", async () => {
  for (const id of ["..", ".", "../admin", "a/b", "a%2fb", "a?b", "a#b", "@evil.test", "\\evil", "ä", "a b", "a\n"]) {
    const { asked, result } = await called(id, good);
    expect([id, asked, result.content[0]?.text]).toEqual([id, [], "There is no such order."]);
  }
  const plain = await called("A-1", good, { ...ORDERS, ORDERS_URL: "http://orders.example.com" });
  expect([plain.asked, plain.result.content[0]?.text]).toEqual([[], "The tool failed (internal error request-1)."]);
  expect(plain.logged).not.toContain("canary");
});
