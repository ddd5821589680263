import { expect, test } from "vitest";
import * as z from "zod";
import type { GatePorts } from "../../../src/bridge/gate/gate.ts";
import { gateCall, gateMessage } from "../../../src/bridge/gate/gate.ts";
import type { Denied, LedgerPort, RunOutcome } from "../../../src/bridge/gate/ledger-port.ts";
import { rule } from "../../../src/bridge/gate/rule.ts";
import { type RunPorts, run } from "../../../src/bridge/gate/run.ts";
import { type GateResult, TICKET_MS, TicketBook } from "../../../src/bridge/gate/ticket.ts";
import { defineTool, ToolError } from "../../../src/bridge/gate/tool.ts";
import { sha256 } from "../../../src/bridge/seal.ts";
import { principal } from "./principals.ts";

interface Host {
  readonly ran: unknown[];
}

/** A table of four rows whose tools write down that they ran, and a ledger that writes down what it was told. */
function bench(
  more: { readonly ledger?: Partial<LedgerPort>; readonly output?: unknown; readonly error?: unknown } = {},
) {
  const told: unknown[] = [];
  const approvals: unknown[] = [];
  const outcomesWritten: RunOutcome[] = [];
  const reported: unknown[] = [];
  const work: Promise<unknown>[] = [];
  const host: Host = { ran: [] };
  const tool = defineTool({
    title: "Note it",
    description: "Notes that it ran.",
    input: z.strictObject({ text: z.string().max(5) }),
    example: { text: "a" },
    output: z.object({ said: z.string() }),
    run({ text }, ran: unknown[]) {
      ran.push(text);
      if (more.error !== undefined) throw more.error;
      return (more.output ?? { said: text, secret: "never declared" }) as { said: string };
    },
  });
  const capability = (from: Host) => from.ran;
  const policy = {
    note_it: rule<Host, typeof tool.input, typeof tool.output, unknown[]>({
      tool,
      scope: "notes:write",
      effect: "write",
      capability,
    }),
    other: rule<Host, typeof tool.input, typeof tool.output, unknown[]>({
      tool,
      scope: "notes:write",
      effect: "write",
      capability,
    }),
    wipe: rule<Host, typeof tool.input, typeof tool.output, unknown[]>({
      tool,
      scope: "notes:delete",
      effect: "destroy",
      capability,
    }),
    send_out: rule<Host, typeof tool.input, typeof tool.output, unknown[]>({
      tool,
      scope: "notes:read",
      effect: "read",
      reaches: "outside",
      capability,
    }),
  };
  let seq = 0;
  const ledger: LedgerPort = {
    async admit(admission) {
      told.push(["admit", admission.tool]);
      approvals.push(admission.approval);
      return { seq: ++seq, hash: `hash-${seq}`, tainted: false, approval: null, approved: null };
    },
    async deny(denial) {
      told.push(["deny", denial.tool, denial.reason]);
      return { again: false };
    },
    async standing() {
      told.push(["standing"]);
      return { blocked: [] };
    },
    async recordOutcomes(outcomes) {
      outcomesWritten.push(...outcomes);
    },
    async taint(client) {
      told.push(["taint", client]);
    },
    ...more.ledger,
  };
  let now = 1000;
  const ask = async () => ({ id: "ask-1", args: "encrypted" });
  const ports: GatePorts<Host> & RunPorts<Host> = {
    policy,
    ledger,
    digest: sha256,
    ask,
    now: () => now,
    budgetFactor: 1,
    host,
    book: new TicketBook(),
    later: (promise) => void work.push(promise),
    boundary: () => "boundary-1",
    report: (error) => void reported.push(error),
  };
  const where = { country: "XX", asn: 0, agent: "other" };
  const incoming = { principal: principal(), request: "request-1", where, session: null };
  return {
    policy,
    ports,
    incoming,
    told,
    approvals,
    outcomesWritten,
    reported,
    host,
    done: () => Promise.all(work),
    advance(ms: number) {
      now += ms;
    },
  };
}

const CALL = { tool: "note_it", args: { text: "hi" } };

async function tokenOf(setup: ReturnType<typeof bench>): Promise<GateResult> {
  const gate = await gateCall(CALL, setup.incoming, setup.ports);
  if (gate.gated === undefined) throw new Error("refused");
  return gate.gated;
}

test("a call is admitted, then runs, then is settled; what the schema does not name never leaves", async () => {
  const setup = bench();
  const result = await run(CALL, await tokenOf(setup), setup.ports);
  expect(result).toMatchObject({ outcome: "ok", output: { said: "hi" }, text: '{"said":"hi"}', ticket: { seq: 1 } });
  await setup.done();
  expect(setup.told).toEqual([["admit", "note_it"]]);
  expect(setup.outcomesWritten).toMatchObject([{ of: 1, outcome: "ok", size: 13 }]);
});

test("a ticket fits one row, one set of arguments, one principal, once, and not for long", async () => {
  const altered = async (
    change: (gated: GateResult, setup: ReturnType<typeof bench>) => { gated?: GateResult; call?: typeof CALL },
  ) => {
    const setup = bench();
    const gated = await tokenOf(setup);
    const { gated: other = gated, call = CALL } = change(gated, setup);
    const { outcome } = await run(call, other, setup.ports);
    return [outcome, setup.host.ran.length];
  };
  expect(await altered(() => ({}))).toEqual(["ok", 1]);
  expect(await altered(() => ({ call: { tool: "other", args: CALL.args } }))).toEqual(["no-ticket", 0]);
  expect(await altered(() => ({ call: { tool: "note_it", args: { text: "ho" } } }))).toEqual(["no-ticket", 0]);
  expect(await altered((gated) => ({ gated: { ...gated, ticket: undefined } }))).toEqual(["no-ticket", 0]);
  expect(
    await altered((_, setup) => {
      setup.advance(TICKET_MS);
      return {};
    }),
  ).toEqual(["no-ticket", 0]);

  const setup = bench();
  const gated = await tokenOf(setup);
  const outcomes = [await run(CALL, gated, setup.ports), await run(CALL, gated, setup.ports)].map(
    ({ outcome }) => outcome,
  );
  expect([outcomes, setup.host.ran.length]).toEqual([["ok", "no-ticket"], 1]);
});

test("with the gate taken away the run still refuses, and a refused call leaves no ticket to run with", async () => {
  const setup = bench();
  const weak = { ...setup.incoming, principal: principal({ held: ["profile:read"] }) };
  const gate = await gateCall(CALL, weak, setup.ports);
  expect(gate).toEqual({ denial: { reason: "missing-scope", needed: "notes:write", held: ["profile:read"] } });
  expect(setup.told).toEqual([["deny", "note_it", "missing-scope"]]);
  expect(await run(CALL, { principal: weak.principal, blocked: [], ticket: undefined }, setup.ports)).toEqual({
    outcome: "no-ticket",
  });
  expect(setup.host.ran).toEqual([]);
});

test("when the ledger cannot be reached nothing is admitted, refused in silence, or run", async () => {
  const gone = async () => {
    throw new Error("no route");
  };
  const setup = bench({ ledger: { admit: gone, deny: gone, standing: gone } });
  expect(await gateCall(CALL, setup.incoming, setup.ports)).toEqual({ denial: { reason: "ledger-unreachable" } });
  expect(await gateCall({ tool: "nope", args: {} }, setup.incoming, setup.ports)).toEqual({
    denial: { reason: "ledger-unreachable" },
  });
  expect(await gateMessage("tools/list", setup.incoming, setup.ports)).toEqual({
    denial: { reason: "ledger-unreachable" },
  });
});

test("a grant or session that is over outranks every other denial", async () => {
  const over = async (): Promise<Denied> => ({ denial: { reason: "grant-ended" } });
  const setup = bench({ ledger: { admit: over, deny: over, standing: over } });
  expect(await gateCall(CALL, setup.incoming, setup.ports)).toEqual({ denial: { reason: "grant-ended" } });
  expect(await gateCall({ tool: "nope", args: {} }, setup.incoming, setup.ports)).toEqual({
    denial: { reason: "grant-ended" },
  });
  expect(await gateMessage("tools/list", setup.incoming, setup.ports)).toEqual({ denial: { reason: "grant-ended" } });
});

test("a ticket without an approval runs nothing that needs one, whatever the ledger said", async () => {
  const ran = async (tool: string, tainted: boolean, approval: string | null) => {
    const setup = bench({ ledger: { admit: async () => ({ seq: 1, hash: "h", tainted, approval, approved: null }) } });
    const call = { tool, args: CALL.args };
    const { gated } = await gateCall(call, setup.incoming, setup.ports);
    if (gated === undefined) throw new Error("refused");
    const { outcome } = await run(call, gated, setup.ports);
    return [outcome, setup.host.ran.length];
  };
  expect(await ran("wipe", false, "ask-1")).toEqual(["ok", 1]);
  expect(await ran("wipe", false, null)).toEqual(["no-ticket", 0]);
  expect(await ran("send_out", true, "ask-1")).toEqual(["ok", 1]);
  expect(await ran("send_out", true, null)).toEqual(["no-ticket", 0]);
  expect(await ran("send_out", false, null)).toEqual(["ok", 1]);
});

test("the gate tells the ledger when a user is needed, and encrypts arguments for no other call", async () => {
  const setup = bench();
  for (const tool of ["note_it", "send_out", "wipe"]) {
    await gateCall({ tool, args: CALL.args }, setup.incoming, setup.ports);
  }
  const ask = { id: "ask-1", args: "encrypted" };
  expect(setup.approvals).toEqual([{ need: "never" }, { need: "tainted", ask }, { need: "always", ask }]);
  await gateCall({ tool: "wipe", args: { text: "far too long" } }, setup.incoming, setup.ports);
  expect(setup.told.at(-1)).toEqual(["deny", "wipe", "invalid-arguments"]);
});

test("an exception stays inside; a tool's own words pass; both are settled", async () => {
  const thrown = bench({ error: new Error("SECRET token=abc at /internal") });
  expect(await run(CALL, await tokenOf(thrown), thrown.ports)).toEqual({
    outcome: "failed",
    ticket: expect.anything(),
  });
  const words = bench({ error: new ToolError("There is no such note.") });
  expect(await run(CALL, await tokenOf(words), words.ports)).toMatchObject({
    outcome: "tool-error",
    words: "There is no such note.",
  });
  await Promise.all([thrown.done(), words.done()]);
  expect([thrown.outcomesWritten[0]?.outcome, words.outcomesWritten[0]?.outcome]).toEqual(["failed", "tool-error"]);
  expect([thrown.reported.length, words.reported.length]).toEqual([1, 0]);
});

test("a result that does not fit its schema, or is too large, does not leave", async () => {
  for (const output of [{ nope: 1 }, "text", { said: "x".repeat(70_000) }]) {
    const setup = bench({ output });
    expect(await run(CALL, await tokenOf(setup), setup.ports)).toMatchObject({ outcome: "bad-output" });
    await setup.done();
    expect(setup.outcomesWritten[0]?.outcome).toBe("bad-output");
  }
});
