// How often a user may be asked: who is asked too often says yes to be left alone. A client has a limit of its own, under one for
// all clients of the user, and its answers say nothing of when another one asked. Methods run inside the ledger's transaction.

import type { Admission, StateDenial } from "../gate/ledger-port.ts";
import type { ClientId } from "../gate/principal.ts";
import { CLIENTS } from "./budgets.ts";

/** Questions of one client that may wait at once. */
const MAX_WAITING = 3;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const HOUR_S = 3600;

type Asked = { readonly asked: number; readonly client: ClientId };

export class Asks {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Why nobody is asked about this call; undefined when somebody may be. Questions have the budget of their row. */
  tooMany({ client, tool, budget }: Admission, now: number): StateDenial | undefined {
    const waiting = this.#sql.exec<Asked>("SELECT asked, client FROM approval WHERE state = 'waiting'").toArray();
    const own = waiting.filter((one) => one.client === client);
    if (own.length >= MAX_WAITING || waiting.length >= MAX_WAITING * CLIENTS) return { reason: "too-many-asks" };
    const query = "SELECT asked, client FROM approval WHERE tool = ? AND asked > ? ORDER BY asked DESC";
    const asked = this.#sql.exec<Asked>(query, tool, now - DAY_MS).toArray();
    return (
      overBudget("minute", asked, client, budget.perMinute, now) ?? overBudget("day", asked, client, budget.perDay, now)
    );
  }
}

function overBudget(
  per: "minute" | "day",
  all: readonly Asked[],
  client: ClientId,
  limit: number,
  now: number,
): StateDenial | undefined {
  const ms = per === "minute" ? MINUTE_MS : DAY_MS;
  const within = all.filter(({ asked }) => asked > now - ms);
  const own = within.filter((one) => one.client === client);
  if (own.length >= limit) {
    const oldest = own.at(-1)?.asked ?? now;
    return { reason: "over-budget", per, retryAfter: Math.max(1, Math.ceil((oldest + ms - now) / 1000)) };
  }
  // When others asked is nobody's business: the wait is a round number.
  if (within.length >= limit * CLIENTS) return { reason: "over-budget", per, retryAfter: Math.min(ms / 1000, HOUR_S) };
  return undefined;
}
