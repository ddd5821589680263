// Exact budgets of one person, and the loop breaker. The last minute is held in memory and read back from the trail when the
// object wakes; the day is the tally's, because a day of events is too long to read.

import type { Event } from "../gate/event.ts";
import type { StateRefusal } from "../gate/ledger-port.ts";
import type { Budget } from "../gate/rule.ts";
import { Minute } from "./minute.ts";
import type { Tally } from "./tally.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export class Budgets {
  readonly #sql: SqlStorage;
  readonly #tally: Tally;
  #minute: Minute | undefined;

  constructor(sql: SqlStorage, tally: Tally) {
    this.#sql = sql;
    this.#tally = tally;
  }

  /** Why a call is over its budget, or undefined. */
  check(tool: string, args: string, budget: Budget, now: number): StateRefusal | undefined {
    const minute = this.#lastMinute(now);
    const repeated = minute.of(callKey(tool, args));
    if (repeated.count >= budget.repeats) return { reason: "loop", retryAfter: untilItLeaves(repeated.oldest, now) };
    const same = minute.of(tool);
    if (same.count >= budget.perMinute) {
      return { reason: "over-budget", per: "minute", retryAfter: untilItLeaves(same.oldest, now) };
    }
    const day = Math.floor(now / DAY_MS);
    if (this.#tally.spent(tool, day) < budget.perDay) return undefined;
    return { reason: "over-budget", per: "day", retryAfter: Math.ceil(((day + 1) * DAY_MS - now) / 1000) };
  }

  /** Counts a call that was admitted; `check` came before. */
  spend(tool: string, args: string, now: number): void {
    this.#lastMinute(now).add(now, [tool, callKey(tool, args)]);
  }

  /** After a transaction that failed, memory may hold a call that the trail does not. */
  forget(): void {
    this.#minute = undefined;
  }

  #lastMinute(now: number): Minute {
    this.#minute ??= this.#readBack(now);
    this.#minute.leave(now - MINUTE_MS);
    return this.#minute;
  }

  #readBack(now: number): Minute {
    const found: { readonly at: number; readonly keys: readonly string[] }[] = [];
    const rows = this.#sql.exec<{ at: number; body: string }>("SELECT at, body FROM event ORDER BY seq DESC");
    for (const { at, body } of rows) {
      if (at <= now - MINUTE_MS) break;
      const event: Event = JSON.parse(body);
      if (event.kind === "admission") found.push({ at, keys: [event.tool, callKey(event.tool, event.args)] });
    }
    const minute = new Minute();
    for (const { at, keys } of found.reverse()) minute.add(at, keys);
    return minute;
  }
}

/** Names of tools have no white space. */
function callKey(tool: string, args: string): string {
  return `${tool} ${args}`;
}

function untilItLeaves(oldest: number | undefined, now: number): number {
  return Math.max(1, Math.ceil(((oldest ?? now) + MINUTE_MS - now) / 1000));
}
