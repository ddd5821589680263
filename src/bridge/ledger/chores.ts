// What a ledger does by itself when its alarm rings (alarm.ts).

import type { Chain, Prune } from "./chain.ts";
import type { Write } from "./database.ts";
import type { Heads } from "./heads.ts";
import type { Parts } from "./parts.ts";
import { Retention } from "./retention.ts";

export interface Chore {
  /** Its own among all chores of a ledger. */
  readonly name: string;
  /** When it is due next; Infinity when there is nothing to do. Too early is fine. */
  readonly due: (now: number) => number;
  /** Called whenever the alarm rings, due or not. */
  readonly run: (now: number) => void | Promise<void>;
  /** It keeps entries elsewhere, so the ledger drops none by itself. */
  readonly keeps?: boolean;
}

/** What a chore of a part (request/part.ts) is made of: the ledger's database, its chain and heads, and its one way to write. */
export interface ChoreTools {
  readonly sql: SqlStorage;
  readonly chain: Chain;
  readonly heads: Heads;
  readonly env: object;
  readonly write: Write;
  readonly prune: Prune;
}
export type MakeChore = (tools: ChoreTools) => Chore;

/** Outcomes come first: what comes after may have to wait for others. `make`: what parts of the bridge add. */
export function allChores(parts: Parts, tools: ChoreTools, make: readonly MakeChore[]): readonly Chore[] {
  const { pending, denials, usage, approvals, sessions, notices, heads } = parts;
  const { env, write } = tools;
  const more = make.map((one) => one(tools));
  const retention = new Retention(tools);
  const own: readonly Chore[] = [
    { name: "orphans", due: () => pending.due(), run: () => write((now) => pending.closeOrphans(now)) },
    { name: "floods", due: () => denials.due(), run: () => write((now) => denials.flush(now)) },
    // Whenever the alarm rings: before the archive can take away what is still to be counted.
    { name: "usage", due: () => Number.POSITIVE_INFINITY, run: () => write(() => usage.catchUp()) },
    { name: "approvals", due: () => approvals.due(), run: () => write((now) => approvals.expire(now)) },
    {
      name: "sessions",
      due: () => sessions.due(),
      run: () => {
        write((now) => sessions.expire(now));
        return sessions.empty(env);
      },
    },
    { name: "notices", due: () => notices.due(), run: () => notices.send() },
    { name: "head", due: (now) => heads.due(now), run: (now) => heads.logWhenDue(now) },
  ];
  if (more.some(({ keeps }) => keeps)) return [...own, ...more];
  return [...own, ...more, { name: "retention", due: () => retention.due(), run: (now) => retention.run(now) }];
}
