// What a ledger is made of, over one database: each part has its own tables and its own file.

import type { SettingsResult } from "../settings.ts";
import { Approvals } from "./approvals.ts";
import { Browsers } from "./browsers.ts";
import { Budgets } from "./budgets.ts";
import { Chain, type Prune } from "./chain.ts";
import type { Write } from "./database.ts";
import { Denials } from "./denials.ts";
import { Erasure } from "./erasure.ts";
import { Families } from "./families.ts";
import { Grants } from "./grants.ts";
import { Heads } from "./heads.ts";
import { Notices } from "./notices.ts";
import { Pending } from "./pending.ts";
import { Sessions } from "./sessions.ts";
import { SwitchBoard } from "./switch-board.ts";
import { Taint } from "./taint.ts";
import { Tally } from "./tally.ts";
import { Usage } from "./usage.ts";

export type Parts = ReturnType<typeof createParts>;

export function createParts(sql: SqlStorage, env: object, load: () => SettingsResult, subject: string) {
  const chain = new Chain(sql);
  const tally = new Tally(sql, chain);
  const approvals = new Approvals(sql, chain);
  return {
    subject,
    chain,
    tally,
    approvals,
    pending: new Pending(chain, tally),
    grants: new Grants(sql, chain, (grant, now) => approvals.expire(now, grant)),
    families: new Families(sql),
    sessions: new Sessions(sql, chain),
    erasure: new Erasure(sql, chain),
    browsers: new Browsers(sql, chain),
    denials: new Denials(sql, chain),
    budgets: new Budgets(sql, tally),
    taint: new Taint(sql),
    usage: new Usage(sql),
    heads: new Heads(sql, chain, load, subject),
    notices: new Notices(sql, chain, load, subject),
    switches: new SwitchBoard(env),
  };
}

/** Takes entries out of the ledger, in one transaction with counting what is counted from them. */
export function pruneWith({ usage, tally, chain }: Parts, write: Write): Prune {
  return (to, how) => {
    write(() => {
      usage.catchUp();
      tally.write();
      chain.prune(to, how);
    });
  };
}

/** After a transaction that failed, memory may be ahead of the tables. */
export function forget({ budgets, tally, chain, approvals, families, notices }: Parts): void {
  for (const part of [budgets, tally, chain, approvals, families, notices]) part.forget();
}
