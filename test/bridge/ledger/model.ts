// A ledger in a few lines: what it is to answer a call, given what came before. Knows neither storage nor chain.

import { APPROVAL_MS } from "../../../src/bridge/gate/approval.ts";
import type { Admitted, Denied } from "../../../src/bridge/gate/ledger-port.ts";
import type { Budget } from "../../../src/bridge/gate/rule.ts";
import { HOUR } from "./ledgers.ts";

export const BUDGET: Budget = { perMinute: 5, perDay: 7, repeats: 3 };
const MINUTE = 60_000;
const DAY = 24 * HOUR;
export const TOOLS = { read_note: "read", write_note: "write", delete_note: "destroy" } as const;
export type Tool = keyof typeof TOOLS;

export interface Model {
  now: number;
  readonly alive: Set<string>;
  /** When the grant's time is over. */
  readonly ends: number;
  readonly switches: Set<string>;
  readonly admitted: { readonly seq: number; readonly at: number; readonly tool: Tool; readonly args: string }[];
  readonly outcomesWritten: Map<number, string>;
  readonly refused: string[];
  readonly approvals: ApprovalModel;
}

/** The whole of what a ledger is to answer. */
export function expected(model: Model, tool: Tool, args: string, grant: string): string {
  const { now, switches, alive } = model;
  if (switches.has("mode off")) return "switched-off";
  if (switches.has(`grant ${grant}`)) return "grant-ended";
  if (switches.has(`tool ${tool}`)) return "switched-off";
  if (switches.has("mode read-only") && TOOLS[tool] !== "read") return "switched-off";
  if (!alive.has(grant) || now >= model.ends) return "grant-ended";
  const same = model.admitted.filter((call) => call.tool === tool);
  const recent = same.filter(({ at }) => at > now - MINUTE);
  if (recent.filter((call) => call.args === args).length >= BUDGET.repeats) return "loop";
  if (recent.length >= BUDGET.perMinute) return "over-budget";
  const today = same.filter(({ at }) => Math.floor(at / DAY) === Math.floor(now / DAY));
  if (today.length >= BUDGET.perDay) return "over-budget";
  return TOOLS[tool] === "destroy" ? model.approvals.expected(args, now) : "admitted";
}

interface Asked {
  readonly id: string;
  readonly args: string;
  readonly asked: number;
  expires: number;
  state: "waiting" | "approved" | "refused" | "used" | "over";
}

/** What a call that needs a user is answered, and what a decision becomes. */
export class ApprovalModel {
  readonly all: Asked[] = [];
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  #live(args: string, state: Asked["state"], now: number): Asked | undefined {
    return this.all.find((one) => one.args === args && one.state === state && one.expires > now);
  }

  /** What a call is answered, once nothing else is against it. */
  expected(args: string, now: number): string {
    if (this.#live(args, "approved", now)) return "admitted";
    if (this.#live(args, "refused", now)) return "approval-refused";
    if (this.#live(args, "waiting", now)) return "approval-required";
    if (this.all.filter(({ state, expires }) => state === "waiting" && expires > now).length >= 3)
      return "too-many-asks";
    const within = (ms: number) => this.all.filter(({ asked }) => asked > now - ms).length;
    const { perMinute, perDay } = this.#budget;
    return within(MINUTE) >= perMinute || within(DAY) >= perDay ? "over-budget" : "approval-required";
  }

  /** What the ledger answered; undefined when it is what the model says, else what is wrong with it. */
  take(args: string, answer: Admitted | Denied, now: number): string | undefined {
    if (!("denial" in answer)) {
      const used = this.#live(args, "approved", now);
      if (used === undefined || used.id !== answer.approval) return `ran with ${answer.approval}`;
      used.state = "used";
      return undefined;
    }
    if (answer.denial.reason !== "approval-required") return undefined;
    const { id, expires } = answer.denial;
    const waiting = this.#live(args, "waiting", now);
    if (waiting === undefined) this.all.push({ id, args, asked: now, expires, state: "waiting" });
    return waiting === undefined || waiting.id === id ? undefined : `asked twice: ${waiting.id}, ${id}`;
  }

  decide(one: Asked, yes: boolean, open: boolean, stopped: boolean, now: number): string {
    if (!open || one.state !== "waiting" || one.expires <= now) return "gone";
    if (yes && stopped) return "switched-off";
    one.state = yes ? "approved" : "refused";
    one.expires = now + APPROVAL_MS;
    return one.state;
  }

  /** The grant is over. */
  end(): void {
    for (const one of this.all) if (one.state === "waiting" || one.state === "approved") one.state = "over";
  }
}
