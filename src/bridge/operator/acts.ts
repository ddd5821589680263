// The chain of operators' acts, as the bridge sees it: `npm run guard` appends to it through wrangler, and here its head is
// signed with the key of all heads, which no wrangler has: at export, and once an hour as a log line. Anyone who kept one can
// tell any later change of the acts before it. Part of the operator's endpoint.

import type { SignedHead } from "../ledger/chain.ts";
import { signHeadOf } from "../ledger/heads.ts";
import { logHead } from "../log.ts";
import type { Settings } from "../settings.ts";

/** In the place of a user's id. */
const CHAIN = "operators";

export interface StoredAct {
  readonly seq: number;
  readonly at: number;
  readonly act: string;
  readonly hash: string;
}

/** Up to `limit` acts with `seq > after`, oldest first. */
export async function loadActs(DB: D1Database, after: number, limit: number): Promise<readonly StoredAct[]> {
  const found = DB.prepare("SELECT seq, at, act, hash FROM operator_act WHERE seq > ?1 ORDER BY seq LIMIT ?2");
  return (await found.bind(after, limit).all<StoredAct>()).results;
}

/** Null while nobody has done anything. */
export async function signActs(DB: D1Database, settings: Settings, now: number): Promise<SignedHead | null> {
  const last = await DB.prepare("SELECT seq, hash FROM operator_act ORDER BY seq DESC LIMIT 1").first<StoredAct>();
  return last === null ? null : signHeadOf(settings.subjectKey, CHAIN, now, last);
}

/** Each hour, new or not: nothing here remembers what was logged. */
export async function logActs(DB: D1Database, settings: Settings, now: number): Promise<void> {
  const head = await signActs(DB, settings, now);
  if (head !== null) logHead(head);
}
