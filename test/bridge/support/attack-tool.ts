// A tool that always throws, admitted by a gate whose ledger always agrees: what is left is the second lock.

import * as z from "zod";
import { gateCall } from "../../../src/bridge/gate/gate.ts";
import type { LedgerPort } from "../../../src/bridge/gate/ledger-port.ts";
import { PRINCIPAL } from "../../../src/bridge/gate/principal.ts";
import { rule } from "../../../src/bridge/gate/rule.ts";
import { TicketBook } from "../../../src/bridge/gate/ticket.ts";
import { defineTool } from "../../../src/bridge/gate/tool.ts";
import { sha256 } from "../../../src/bridge/seal.ts";

export const CALL = { tool: "fail", args: { text: "as admitted" } };

const held = ["profile:read"];
const user = { subject: `dbr1_${"a".repeat(22)}`, client: "c", grant: "g", step: 0, held, entitled: held, name: "a" };
export const owner = PRINCIPAL.parse(user);
/** Somebody else, with another client. */
export const stranger = PRINCIPAL.parse({ ...user, subject: `dbr1_${"b".repeat(22)}`, client: "d", grant: "h" });

/** `ran`: with which arguments the tool was started; `pass`: what the gate gave for CALL. */
export async function admitted(error: unknown) {
  const ran: unknown[] = [];
  const tool = defineTool({
    title: "Fail",
    description: "Fails.",
    input: z.strictObject({ text: z.string() }),
    example: { text: "a" },
    output: z.object({}),
    run(args, _: null): never {
      ran.push(args);
      throw error;
    },
  });
  const ledger: LedgerPort = {
    admit: async () => ({ seq: 1, hash: "h", tainted: false, approval: null, approved: null }),
    deny: async () => ({ again: false }),
    standing: () => Promise.reject(new Error("not asked")),
    recordOutcomes: async () => undefined,
    taint: async () => undefined,
  };
  const ports = {
    policy: { fail: rule({ tool, scope: "profile:read", effect: "read", capability: (_: null) => null }) },
    ledger,
    digest: sha256,
    now: () => 1000,
    host: null,
    book: new TicketBook(),
    later: () => undefined,
    boundary: () => "boundary-1",
    report: () => undefined,
  };
  const where = { country: "XX", asn: 0, agent: "other" };
  const gate = await gateCall(
    CALL,
    { principal: owner, request: "r", where, session: null },
    { ...ports, budgetFactor: 1, ask: () => Promise.reject(new Error("not asked")) },
  );
  if (gate.gated?.ticket === undefined) throw new Error("not admitted");
  return { ran, ports, gated: gate.gated, ticket: gate.gated.ticket };
}
