// Signed heads: the newest sequence number and hash of a chain, signed with a key derived from SUBJECT_KEY, logged once an hour
// while there is something new. Anyone who keeps the log line can tell any later change of what it covers.

import { canonical } from "../gate/canonical.ts";
import { logHead } from "../log.ts";
import { signHead } from "../seal.ts";
import type { SettingsResult } from "../settings.ts";
import type { Chain, Head, SignedHead } from "./chain.ts";

const HOUR_MS = 3_600_000;

export async function signHeadOf(key: string, subject: string, at: number, { seq, hash }: Head): Promise<SignedHead> {
  const head = { subject, at, seq, hash };
  return { ...head, signature: await signHead(key, canonical(head)) };
}

export class Heads {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  readonly #load: () => SettingsResult;
  readonly #subject: string;
  #last: { readonly seq: number; readonly at: number } | undefined;

  constructor(sql: SqlStorage, chain: Chain, load: () => SettingsResult, subject: string) {
    this.#sql = sql;
    this.#chain = chain;
    this.#load = load;
    this.#subject = subject;
  }

  /** The newest head, or one of before. */
  async sign(now: number, head: Head = this.#chain.head()): Promise<SignedHead> {
    const loaded = this.#load();
    if ("problems" in loaded) throw new Error("the bridge is not set up");
    return signHeadOf(loaded.settings.subjectKey, this.#subject, now, head);
  }

  async logWhenDue(now: number): Promise<void> {
    if (this.due(now) > now) return;
    const head = await this.sign(now);
    logHead(head);
    this.#last = { seq: head.seq, at: now };
    this.#sql.exec("INSERT OR REPLACE INTO shipped (id, seq, at) VALUES (1, ?, ?)", head.seq, now);
  }

  /** When the next head is due; Infinity while nothing is new. */
  due(now: number): number {
    this.#last ??= this.#readLast(now);
    return this.#chain.head().seq > this.#last.seq ? this.#last.at + HOUR_MS : Number.POSITIVE_INFINITY;
  }

  /** Before the first head the hour counts from the first event, however often the object wakes in between. */
  #readLast(now: number): { readonly seq: number; readonly at: number } {
    const shipped = this.#sql.exec<{ seq: number; at: number }>("SELECT seq, at FROM shipped").toArray()[0];
    const first = this.#sql.exec<{ at: number }>("SELECT at FROM event ORDER BY seq LIMIT 1").toArray()[0];
    return shipped ?? { seq: 0, at: first?.at ?? now };
  }
}
