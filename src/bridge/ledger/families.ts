// Refresh token families (RFC 9700 §4.14): each grant has one current refresh token, the one before it, and older ones. Only
// hashes of tokens are here, and the last answer, encrypted under the token it was given for. One refresh at a time: anyone
// races waits for the first and gets its answer. Methods run inside the ledger's transaction.

import type { GrantId } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";

/** How long the token before the current one gets the same answer although its successor was used: clients race. */
const GRACE_MS = 60_000;
/** A grant that nobody refreshed for so long is over: a minute less than the library's day, which it cuts by that much. */
const IDLE_MS = 24 * 60 * 60_000 - 60_000;
/** How long one refresh may take before another may try. */
const LEASE_MS = 10_000;
/** KV is said to be behind by a minute at most. */
const LAG_MS = 5 * 60_000;

/** A refresh token that was presented. */
export interface Presented {
  /** Its SHA-256 (seal.ts). */
  readonly token: string;
  /** As the library's storage names it. A ledger knows the first token of a grant by that alone. */
  readonly stored: string;
}

export interface Refresh extends Presented {
  readonly grant: GrantId;
  /** SHA-256 of the whole question, credentials included. */
  readonly asked: string;
}

/** What the library answered: the hash of the next refresh token, and the encrypted answer. */
export interface Rotated {
  readonly next: string;
  readonly answer: string;
  /** What the new access token carries. */
  readonly scopes: readonly Scope[];
}

export type RefreshStart =
  /** Nobody's token: nothing changes. */
  | { readonly go: "unknown" }
  /** `step`: how often the grant was refreshed before. */
  | { readonly go: "rotate"; readonly step: number }
  /** The encrypted answer that this token got before; whether this is the very same question; whose grant it is. */
  | { readonly go: "replay"; readonly answer: string; readonly same: boolean; readonly client: string }
  /** An old token came back: somebody else has it. */
  | { readonly go: "reuse" };

interface Row extends Record<string, SqlStorageValue> {
  readonly client: string;
  readonly step: number;
  readonly used: number;
  readonly current: string;
  readonly previous: string | null;
  readonly rotated: number;
  readonly asked: string | null;
  readonly answer: string | null;
}

interface Lease {
  readonly until: number;
  readonly done: Promise<void>;
  readonly end: () => void;
}

export class Families {
  readonly #sql: SqlStorage;
  readonly #leases = new Map<GrantId, Lease>();
  /** Steps that are known to be used, so that a request costs no look-up. */
  readonly #used = new Map<GrantId, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The code that a grant was given for, and its first refresh token (`Presented.stored`). */
  open(grant: GrantId, code: string, token: string, now: number): void {
    this.#sql.exec(
      "INSERT INTO family (grant_, code, step, used, current, rotated) VALUES (?, ?, 0, 0, ?, ?)",
      grant,
      code,
      token,
      now,
    );
  }

  /** An access token of this step was used, so its holder has the refresh token beside it. */
  use(grant: GrantId, step: number): void {
    if (this.#used.get(grant) === step) return;
    this.#sql.exec("UPDATE family SET used = 1 WHERE grant_ = ? AND step = ? AND used = 0", grant, step);
    this.#used.set(grant, step);
  }

  /** After a transaction that failed, memory may hold a use that the table does not. Leases are no part of it. */
  forget(): void {
    this.#used.clear();
  }

  /** Whether this very code was redeemed for this grant. */
  redeemed(grant: GrantId, code: string): boolean {
    return this.#sql.exec("SELECT 1 FROM family WHERE grant_ = ? AND code = ?", grant, code).toArray().length > 0;
  }

  /** Whether a token is, or was, one of this grant's refresh tokens. */
  knows(grant: GrantId, { token, stored }: Presented): boolean {
    const row = this.#row(grant);
    return [token, stored].includes(row?.current ?? "") || row?.previous === token || this.#isOld(grant, token);
  }

  /** Whether the library's storage may still be behind what is known here. */
  libraryLags(grant: GrantId, now: number): boolean {
    return now - (this.#row(grant)?.rotated ?? 0) < LAG_MS;
  }

  /** What to do with a token that was presented. "rotate" takes the lease; `wait` says that somebody else has it. */
  start({ grant, token, stored, asked }: Refresh, now: number): RefreshStart | { readonly wait: Promise<void> } {
    const row = this.#row(grant);
    if (row === undefined) return { go: "unknown" };
    if (row.current === token || row.current === stored)
      return now - row.rotated < IDLE_MS ? this.#lease(grant, row.step, now) : { go: "unknown" };
    if (row.previous === token) {
      const fresh = row.used === 0 || now - row.rotated < GRACE_MS;
      if (!fresh) return { go: "reuse" };
      if (row.answer === null) return { go: "unknown" };
      return { go: "replay", answer: row.answer, same: row.asked === asked, client: row.client };
    }
    return { go: this.#isOld(grant, token) ? "reuse" : "unknown" };
  }

  /** The refresh is over: rotated (`next` is current from here on), or, with null, nothing came of it. Who waits goes on. */
  finish(refresh: Refresh, rotated: Rotated | null, now: number): void {
    if (rotated !== null) this.#rotate(refresh, rotated, now);
    this.#leases.get(refresh.grant)?.end();
    this.#leases.delete(refresh.grant);
  }

  #rotate({ grant, token, asked }: Refresh, { next, answer }: Rotated, now: number): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO old_token (grant_, token) SELECT grant_, previous FROM family WHERE grant_ = ? AND previous IS NOT NULL",
      grant,
    );
    this.#sql.exec(
      `UPDATE family SET step = step + 1, used = 0, current = ?2, previous = ?3, rotated = ?4, asked = ?5, answer = ?6
       WHERE grant_ = ?1`,
      grant,
      next,
      token,
      now,
      asked,
      answer,
    );
  }

  #lease(grant: GrantId, step: number, now: number): RefreshStart | { readonly wait: Promise<void> } {
    const lease = this.#leases.get(grant);
    if (lease !== undefined && lease.until > now) return { wait: lease.done };
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LEASE_MS);
    // A timer that is still running keeps the object awake, and its owner pays for that.
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    this.#leases.set(grant, { until: now + LEASE_MS, done: promise, end });
    return { go: "rotate", step };
  }

  #row(grant: GrantId): Row | undefined {
    const query = "SELECT family.*, client FROM family JOIN grant_ ON grant_.id = family.grant_ WHERE grant_ = ?";
    return this.#sql.exec<Row>(query, grant).toArray()[0];
  }

  #isOld(grant: GrantId, token: string): boolean {
    return this.#sql.exec("SELECT 1 FROM old_token WHERE grant_ = ? AND token = ?", grant, token).toArray().length > 0;
  }
}
