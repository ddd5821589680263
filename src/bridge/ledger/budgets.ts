// Exact budgets, and the loop breaker. Each client of a user has the budget of the rule, under a total for all of them, so that none
// uses up another's, and no answer to one says what another did. The last minute is held in memory and read back from the audit log
// when the object wakes; the day is the tally's, because a day of events is too long to read.

import type { Event } from "../gate/event.ts";
import type { StateDenial } from "../gate/ledger-port.ts";
import type { ClientId } from "../gate/principal.ts";
import type { Budget } from "../gate/rule.ts";
import { Minute } from "./minute.ts";
import type { Tally } from "./tally.ts";

/** All clients of a user together get as much as this many at their limit. */
export const CLIENTS = 4;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What counts: a call with these arguments (their keyed digest). */
export interface Spending {
  readonly client: ClientId;
  readonly tool: string;
  readonly args: string;
}

export class Budgets {
  readonly #sql: SqlStorage;
  readonly #tally: Tally;
  #minute: Minute | undefined;

  constructor(sql: SqlStorage, tally: Tally) {
    this.#sql = sql;
    this.#tally = tally;
  }

  /** Why a call is over its budget, or undefined. */
  check({ client, tool, args }: Spending, budget: Budget, now: number): StateDenial | undefined {
    const minute = this.#lastMinute(now);
    const [allKey, ownKey, callKey] = keysOf({ client, tool, args });
    const [all, own, same] = [minute.of(allKey), minute.of(ownKey), minute.of(callKey)];
    if (same.count >= budget.repeats) return { reason: "loop", retryAfter: untilItLeaves(same.oldest, now) };
    if (own.count >= budget.perMinute) {
      return { reason: "over-budget", per: "minute", retryAfter: untilItLeaves(own.oldest, now) };
    }
    // When others called is nobody's business: the wait is a round number.
    if (all.count >= budget.perMinute * CLIENTS) return { reason: "over-budget", per: "minute", retryAfter: 60 };
    const day = Math.floor(now / DAY_MS);
    const { total, client: spent } = this.#tally.spent(tool, client, day);
    if (spent < budget.perDay && total < budget.perDay * CLIENTS) return undefined;
    return { reason: "over-budget", per: "day", retryAfter: Math.ceil(((day + 1) * DAY_MS - now) / 1000) };
  }

  /** Counts a call that was admitted; `check` came before. */
  spend(spending: Spending, now: number): void {
    this.#lastMinute(now).add(now, keysOf(spending));
  }

  /** After a transaction that failed, memory may hold a call that the audit log does not. */
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
      if (event.kind === "admission") found.push({ at, keys: keysOf(event) });
    }
    const minute = new Minute();
    for (const { at, keys } of found.reverse()) minute.add(at, keys);
    return minute;
  }
}

/** Names for what counts together: the tool, its client's calls of it, and this very call. Names of tools, and digests, have no white space. */
function keysOf({ client, tool, args }: Spending): readonly [string, string, string] {
  return [tool, `${tool} client ${client}`, `${tool} call ${args} ${client}`];
}

function untilItLeaves(oldest: number | undefined, now: number): number {
  return Math.max(1, Math.ceil(((oldest ?? now) + MINUTE_MS - now) / 1000));
}
