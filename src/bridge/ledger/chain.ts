// The hash chain over a subject's events: each hash covers the one before it, so that who holds a later hash can tell any
// edit, drop or reorder of what came earlier. Synchronous (node:crypto), because appending is part of a transaction.

import { createHash, createHmac, randomBytes } from "node:crypto";
import { canonical } from "../gate/canonical.ts";
import type { Digest, Entry, Event } from "../gate/event.ts";

/** Hash before the first event; names the format. */
export const GENESIS = createHash("sha256").update("drawbridge/ledger/1").digest("base64url");

/** SHA-256 over the previous hash and the entry's canonical JSON, base64url. */
export function linkHash(previous: string, entry: Entry): string {
  return linkText(previous, canonical(entry));
}

function linkText(previous: string, entry: string): string {
  return createHash("sha256").update(`${previous}\n${entry}`).digest("base64url");
}

/** An entry with the hash over it and all before it. */
export type Linked = Entry & { readonly hash: string };

export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export interface SignedHead extends Head {
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Ed25519 over the canonical JSON of the other fields, base64url. */
  readonly signature: string;
}

/** How far back the ledger itself goes. */
export interface Reach {
  /** The head that its first entry follows; null: it has every entry. */
  readonly anchor: SignedHead | null;
  /** Up to which number everything is in the archive. */
  readonly shipped: number;
  /** Up to which number entries left without an archive. */
  readonly lost: number;
}

/** Entries up to this head leave the ledger; `lost`: no archive has them. */
export type Prune = (to: SignedHead, how: "archived" | "lost") => void;

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

  /** Memory may be ahead of the audit log after a transaction that failed. */
  forget(): void {
    this.#head = undefined;
    this.#key = undefined;
  }

  #readHead(): Head {
    const newest = "SELECT seq, hash FROM event UNION SELECT seq, hash FROM anchor ORDER BY seq DESC LIMIT 1";
    return this.#sql.exec<{ seq: number; hash: string }>(newest).toArray()[0] ?? { seq: 0, hash: GENESIS };
  }

  append(at: number, event: Event): Head {
    const previous = this.head();
    const seq = previous.seq + 1;
    const body = canonical(event);
    // The canonical JSON of the entry, without spelling the event out a second time.
    const hash = linkText(previous.hash, `{"at":${at},"event":${body},"seq":${seq}}`);
    this.#sql.exec("INSERT INTO event (seq, at, body, hash) VALUES (?, ?, ?, ?)", seq, at, body, hash);
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

  anchor(): SignedHead | null {
    const row = this.#sql.exec<{ head: string }>("SELECT head FROM anchor").toArray()[0];
    return row === undefined ? null : JSON.parse(row.head);
  }

  /** Entries up to this head leave; see `pruneWith` (parts.ts) for what must be counted before. */
  prune(...[to, how]: Parameters<Prune>): void {
    const lost = how === "lost" ? to.seq : this.#lost();
    this.#sql.exec("DELETE FROM event WHERE seq <= ?", to.seq);
    this.#sql.exec("DELETE FROM segment WHERE first <= ?", to.seq);
    const record = "INSERT OR REPLACE INTO anchor (id, seq, hash, head, lost) VALUES (1, ?, ?, ?, ?)";
    this.#sql.exec(record, to.seq, to.hash, JSON.stringify(to), lost);
  }

  #lost(): number {
    return this.#sql.exec<{ lost: number }>("SELECT lost FROM anchor").toArray()[0]?.lost ?? 0;
  }

  reach(): Reach {
    const anchor = this.anchor();
    const last = "SELECT max(last) AS last FROM segment WHERE shipped = 1";
    const { last: shipped } = this.#sql.exec<{ last: number | null }>(last).one();
    const lost = this.#lost();
    // Whole segments leave from the oldest on, so without one the anchor is the end of the last, unless it was never shipped.
    const gone = anchor === null || anchor.seq === lost ? 0 : anchor.seq;
    return { anchor, shipped: shipped ?? gone, lost };
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
