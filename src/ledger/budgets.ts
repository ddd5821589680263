// Exact budgets of one person, and the loop breaker. The last minute is held in memory and read back from the trail when the
// object wakes; days are counted in a table, because a day of events is too long to read.

import type { Event } from "../authz/event.ts";
import type { StateRefusal } from "../authz/gate.ts";
import type { Budget } from "../authz/rule.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

interface Recent {
  readonly at: number;
  readonly tool: string;
  readonly args: string;
}

export class Budgets {
  readonly #sql: SqlStorage;
  #recent: readonly Recent[] | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Why a call is over its budget, or undefined. */
  check(tool: string, args: string, budget: Budget, now: number): StateRefusal | undefined {
    const same = this.#lastMinute(now).filter((call) => call.tool === tool);
    const repeated = same.filter((call) => call.args === args);
    if (repeated.length >= budget.repeats) return { reason: "loop", retryAfter: untilOldestLeaves(repeated, now) };
    if (same.length >= budget.perMinute) {
      return { reason: "over-budget", per: "minute", retryAfter: untilOldestLeaves(same, now) };
    }
    const day = Math.floor(now / DAY_MS);
    const spent = this.#sql.exec<{ count: number }>("SELECT count FROM spent WHERE tool = ? AND day = ?", tool, day);
    if ((spent.toArray()[0]?.count ?? 0) < budget.perDay) return undefined;
    return { reason: "over-budget", per: "day", retryAfter: Math.ceil(((day + 1) * DAY_MS - now) / 1000) };
  }

  /** Counts a call that was admitted. */
  spend(tool: string, args: string, now: number): void {
    this.#recent = [...this.#lastMinute(now), { at: now, tool, args }];
    const day = Math.floor(now / DAY_MS);
    this.#sql.exec(
      `INSERT INTO spent (tool, day, count) VALUES (?1, ?2, 1)
       ON CONFLICT (tool) DO UPDATE SET count = iif(day = ?2, count + 1, 1), day = ?2`,
      tool,
      day,
    );
  }

  /** After a transaction that failed, memory may hold a call that the trail does not. */
  forget(): void {
    this.#recent = undefined;
  }

  #lastMinute(now: number): readonly Recent[] {
    const recent = this.#recent ?? this.#readBack(now);
    const first = recent.findIndex(({ at }) => at > now - MINUTE_MS);
    this.#recent = first <= 0 ? (first === 0 ? recent : []) : recent.slice(first);
    return this.#recent;
  }

  #readBack(now: number): readonly Recent[] {
    const found: Recent[] = [];
    const rows = this.#sql.exec<{ at: number; body: string }>("SELECT at, body FROM event ORDER BY seq DESC");
    for (const { at, body } of rows) {
      if (at <= now - MINUTE_MS) break;
      const event: Event = JSON.parse(body);
      if (event.kind === "admission") found.unshift({ at, tool: event.tool, args: event.args });
    }
    return found;
  }
}

function untilOldestLeaves(calls: readonly Recent[], now: number): number {
  return Math.max(1, Math.ceil(((calls[0]?.at ?? now) + MINUTE_MS - now) / 1000));
}
