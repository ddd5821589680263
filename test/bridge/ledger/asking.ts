// What tests of a ledger's approvals share: calls that destroy, and the user's yes.

import { expect } from "vitest";
import type { Admission } from "../../../src/bridge/gate/ledger-port.ts";
import { admission, type openLedger } from "./ledgers.ts";

export const BUDGET = { perMinute: 5, perDay: 50, repeats: 2 };

export type OpenLedger = Awaited<ReturnType<typeof openLedger>>;

let asks = 0;
/** A name for a question that no other has, as the gate makes one for each call. */
export function nextAsk(): string {
  asks += 1;
  return `ask-${asks}`;
}

/** A call that destroys. */
export function erasure(digest = "d", more: Partial<Admission> = {}): Admission {
  const ask = { id: nextAsk(), args: `encrypted ${digest}` };
  const base = { tool: "delete_note", effect: "destroy", digest, budget: BUDGET } as const;
  return admission({ ...base, approval: { need: "always", ask }, ...more });
}

/** What the ledger said, and the id of the question if it asks one. */
export async function call({ stub }: OpenLedger, of: Admission = erasure()) {
  const answer = await stub.admit(of);
  if ("denial" in answer) {
    const { denial } = answer;
    return { said: denial.reason, id: denial.reason === "approval-required" ? denial.id : "", denial };
  }
  return { said: "ran", id: "", answer };
}

export async function steps({ stub }: OpenLedger): Promise<readonly string[]> {
  return (await stub.events()).flatMap(({ event }) => {
    if (event.kind === "approval") return event.step;
    return event.kind === "admission" && event.effect === "destroy" ? `ran with ${event.approval}` : [];
  });
}

export async function said(ledger: OpenLedger, of?: Admission): Promise<string> {
  return (await call(ledger, of)).said;
}

export async function approve(ledger: OpenLedger, id: string): Promise<void> {
  expect(await ledger.stub.decideApproval(id, true, ledger.now())).toBe("approved");
}
