// The hash chain over a subject's events: each hash covers the one before it, so that who holds a later hash can tell any
// edit, drop or reorder of what came earlier. Synchronous (node:crypto), because appending is part of a transaction.

import { createHash, createHmac, randomBytes } from "node:crypto";
import { canonical } from "../authz/canonical.ts";
import type { Digest, Entry, Event } from "../authz/event.ts";

/** Hash before the first event; names the format. */
export const GENESIS = createHash("sha256").update("drawbridge/ledger/1").digest("base64url");

/** SHA-256 over the previous hash and the entry's canonical JSON, base64url. */
export function linkHash(previous: string, entry: Entry): string {
  return createHash("sha256")
    .update(`${previous}\n${canonical(entry)}`)
    .digest("base64url");
}

/** An entry with the hash over it and all before it. */
export type Linked = Entry & { readonly hash: string };

export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** The chain as it is stored. Every method is synchronous and meant to run inside `transactionSync`. */
export class Chain {
  readonly #sql: SqlStorage;
  #head: Head | undefined;
  #key: Uint8Array | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  head(): Head {
    this.#head ??= this.#readHead();
    return this.#head;
  }

  /** Memory may be ahead of the trail after a transaction that failed. */
  forget(): void {
    this.#head = undefined;
    this.#key = undefined;
  }

  #readHead(): Head {
    const row = this.#sql
      .exec<{ seq: number; hash: string }>("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
      .toArray()[0];
    return row ?? { seq: 0, hash: GENESIS };
  }

  append(at: number, event: Event): Head {
    const previous = this.head();
    const seq = previous.seq + 1;
    const hash = linkHash(previous.hash, { seq, at, event });
    this.#sql.exec("INSERT INTO event (seq, at, body, hash) VALUES (?, ?, ?, ?)", seq, at, canonical(event), hash);
    this.#head = { seq, hash };
    return this.#head;
  }

  /** Up to `limit` entries with `seq > after`, oldest first. */
  read(after: number, limit: number): readonly Linked[] {
    return this.#linked("SELECT seq, at, body, hash FROM event WHERE seq > ? ORDER BY seq LIMIT ?", after, limit);
  }

  /** Up to `limit` entries with `seq < before`, newest first. */
  readBack(before: number, limit: number): readonly Linked[] {
    return this.#linked("SELECT seq, at, body, hash FROM event WHERE seq < ? ORDER BY seq DESC LIMIT ?", before, limit);
  }

  #linked(query: string, bound: number, limit: number): readonly Linked[] {
    return this.#sql
      .exec<{ seq: number; at: number; body: string; hash: string }>(query, bound, limit)
      .toArray()
      .map(({ seq, at, body, hash }) => ({ seq, at, event: JSON.parse(body), hash }));
  }

  /** HMAC-SHA-256 of a digest under a key that only this ledger holds; without the key it says nothing about the text. */
  keyed(digest: string): Digest {
    return createHmac("sha256", this.#digestKey()).update(digest).digest("base64url").slice(0, 22) as Digest;
  }

  /** What was digested so far can never be matched again. */
  destroyKey(): void {
    this.#key = undefined;
    this.#sql.exec("DELETE FROM secret WHERE name = 'digest'");
  }

  #digestKey(): Uint8Array {
    this.#key ??= this.#readKey();
    return this.#key;
  }

  #readKey(): Uint8Array {
    const row = this.#sql.exec<{ value: ArrayBuffer }>("SELECT value FROM secret WHERE name = 'digest'").toArray()[0];
    if (row !== undefined) return new Uint8Array(row.value);
    const key = randomBytes(32);
    this.#sql.exec("INSERT INTO secret (name, value) VALUES ('digest', ?)", new Uint8Array(key));
    return key;
  }
}
