// The recipe internal-api, attacked: where its credential goes, and what a hostile API can make of it.

import { expect, test, vi } from "vitest";
import { appHost } from "../../../src/bridge/app/store.ts";
import { gateCall } from "../../../src/bridge/gate/gate.ts";
import type { LedgerPort } from "../../../src/bridge/gate/ledger-port.ts";
import { run } from "../../../src/bridge/gate/run.ts";
import { TicketBook } from "../../../src/bridge/gate/ticket.ts";
import { logFailure } from "../../../src/bridge/log.ts";
import { toolResult } from "../../../src/bridge/mcp/wire.ts";
import { sha256 } from "../../../src/bridge/seal.ts";
import { principal } from "../gate/principals.ts";
import { app } from "../recipes/internal-api/app.ts";
import { takeErrors } from "../support/log.ts";

const ORDERS = { ORDERS_URL: "https://orders.example.com", ORDERS_TOKEN: "canary-credential-0123456789" };
const caller = principal({ held: app.scopes.all, entitled: app.scopes.all });

/** The tool, called once against an API that answers like this: what was asked for, what the caller got, what was logged. */
async function called(
  id: string,
  answer: () => Response | Promise<Response>,
  { api = ORDERS, tool = "read_order", approved = null as string | null } = {},
) {
  const asked: { readonly url: string; readonly headers: Record<string, string>; readonly redirect: unknown }[] = [];
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    asked.push({ url: String(url), headers: Object.fromEntries(new Headers(init?.headers)), redirect: init?.redirect });
    return answer();
  });
  const ledger: LedgerPort = {
    admit: async () => ({ seq: 1, hash: "h", tainted: false, approval: tool === "hold_order" ? "q" : null, approved }),
    deny: async () => ({ again: false }),
    standing: async () => ({ blocked: [] }),
    recordOutcomes: async () => undefined,
    taint: async () => undefined,
  };
  const ports = {
    policy: app.policy,
    ledger,
    digest: sha256,
    ask: async () => ({ id: "q", args: "" }),
    now: Date.now,
    budgetFactor: 1,
    host: appHost(api),
    book: new TicketBook(),
    later: () => undefined,
    report: (error: unknown) => logFailure("request-1", error),
    boundary: () => "b",
  };
  const where = { country: "XX", asn: 0, agent: "other" };
  const call = { tool, args: { id } };
  const gate = await gateCall(call, { principal: caller, request: "request-1", where, session: null }, ports);
  if (gate.gated === undefined) throw new Error("refused");
  const result = toolResult(await run(call, gate.gated, ports), "request-1");
  spy.mockRestore();
  return { asked, result, logged: JSON.stringify(takeErrors()) };
}

const GOOD = { id: "A-1", state: "sent", items: ["book"] };
const good = () => Response.json({ ...GOOD, version: "7", internal: "field" });

test("an internal API gets the bridge's own credential and whom it is for, and the caller gets what it declared", async () => {
  const { asked, result } = await called("A-1", good);
  expect(result.structuredContent).toEqual(GOOD);
  expect(asked).toEqual([
    {
      url: "https://orders.example.com/orders/A-1",
      headers: {
        accept: "application/json",
        authorization: `Bearer ${ORDERS.ORDERS_TOKEN}`,
        "x-on-behalf-of": caller.subject,
      },
      redirect: "manual",
    },
  ]);
});

test("the credential reaches one origin only and no answer, error or log, whatever the API does", async () => {
  expect((await called("A-1", good)).result.isError).toBeUndefined();
  const echo = Response.json({ ...GOOD, version: "7", items: [`Bearer ${ORDERS.ORDERS_TOKEN}`] });
  const answers: Readonly<Record<string, () => Response | Promise<Response>>> = {
    redirect: () => new Response(null, { status: 302, headers: { location: "https://evil.test/" } }),
    "redirect to itself": () =>
      new Response(null, { status: 307, headers: { location: "https://orders.example.com/x" } }),
    echo: () => echo.clone(),
    "an error with the credential": () => new Response(ORDERS.ORDERS_TOKEN, { status: 500 }),
    "a network error with the credential": () => Promise.reject(new Error(`no route with ${ORDERS.ORDERS_TOKEN}`)),
    "another shape": () => Response.json({ id: 1 }),
    "no JSON": () => new Response("<html>"),
    huge: () => Response.json({ ...GOOD, version: "7", state: "x".repeat(100_000) }),
  };
  for (const [what, answer] of Object.entries(answers)) {
    const { asked, result, logged } = await called("A-1", answer);
    expect([what, asked.map(({ url }) => url)]).toEqual([what, ["https://orders.example.com/orders/A-1"]]);
    expect([what, result.content[0]?.text]).toEqual([what, "The order system did not answer. Try again later."]);
    expect([what, `${JSON.stringify(result)}${logged}`.includes("canary-credential")]).toEqual([what, false]);
  }
});

test("no id leads out of the one path, and a credential is never sent in the clear", async () => {
  for (const id of ["..", ".", "../admin", "a/b", "a%2fb", "a?b", "a#b", "@evil.test", "\\evil", "ä", "a b", "a\n"]) {
    const { asked, result } = await called(id, good);
    expect([id, asked, result.content[0]?.text]).toEqual([id, [], "There is no such order."]);
  }
  const plain = await called("A-1", good, { api: { ...ORDERS, ORDERS_URL: "http://orders.example.com" } });
  expect([plain.asked, plain.result.content[0]?.text]).toEqual([[], "The tool failed (internal error request-1)."]);
  expect(plain.logged).not.toContain("canary");
});

test("a change goes to the API with the version that the user approved, and without one nothing is sent", async () => {
  const held = () => new Response(null, { status: 204 });
  const unasked = await called("A-1", held, { tool: "hold_order" });
  expect([unasked.asked, unasked.result.content[0]?.text]).toEqual([
    [],
    "The order is not as the user approved it. Nothing was changed.",
  ]);
  const { asked, result } = await called("A-1", held, { tool: "hold_order", approved: "7" });
  expect(result.structuredContent).toEqual({ held: "A-1" });
  expect(
    asked.map(({ url, headers, redirect }) => [url, headers["if-match"], headers["x-on-behalf-of"], redirect]),
  ).toEqual([["https://orders.example.com/orders/A-1/hold", '"7"', caller.subject, "manual"]]);
  const changed = await called("A-1", () => new Response(null, { status: 412 }), { tool: "hold_order", approved: "7" });
  expect(changed.result.isError).toBe(true);
});
