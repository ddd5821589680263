// One chain of an export, checked entry by entry. Computes every hash and spells every value itself, by code that shares nothing
// with the bridge. Part of verify.ts; pure.

import { createHash, type KeyObject, verify as verifySignature } from "node:crypto";
import * as z from "zod";

const GENESIS = sha256("drawbridge/ledger/1");
/** The chain of operators' acts stands under this name, which is no user's, and begins differently. */
const OPERATORS = "operators";
const OPERATORS_GENESIS = sha256("drawbridge/operator/1");

export const HASH = z.string().regex(/^[\w-]{43}$/);
export const HEAD = z.strictObject({
  subject: z.string(),
  at: z.int(),
  seq: z.int().min(0),
  hash: HASH,
  signature: z.string().regex(/^[\w-]{86}$/),
});
export type Head = Readonly<z.infer<typeof HEAD>>;
export type Entry = {
  readonly seq: number;
  readonly at: number;
  readonly hash: string;
} & ({ readonly event: object } | { readonly act: string });

/** What is wrong. `seq` is the first number of the chain that cannot be trusted. */
export interface Finding {
  readonly file: string;
  readonly subject?: string;
  readonly seq?: number;
  readonly what: string;
}
export interface Sound {
  readonly file: string;
  readonly subject: string;
  readonly entries: number;
  /** The first of them. */
  readonly from: number;
  /** How many of the heads kept from earlier fit. */
  readonly kept: number;
}
export interface Keep {
  /** Undefined: signatures are not checked. */
  readonly key: KeyObject | undefined;
  readonly heads: readonly Head[];
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** The one spelling of a JSON value that hashes and signatures are over: sorted keys, no white space. */
function spell(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => spell(item)).join()}]`;
  const sorted = [...Object.entries(value)].sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
  return `{${sorted.map(([name, member]) => `${JSON.stringify(name)}:${spell(member)}`).join()}}`;
}

/** Whether the signature is that of the key, over the head's other fields. */
export function signed({ signature, ...head }: Head, key: KeyObject): boolean {
  const bytes = Buffer.from(signature, "base64url");
  // Base64url has several spellings of the same bytes; only one of them is ours.
  return bytes.toString("base64url") === signature && verifySignature(null, Buffer.from(spell(head)), key, bytes);
}

/** One chain, as its lines come in. Remembers the first thing that is wrong. */
export class ChainCheck {
  readonly #file: string;
  readonly #subject: string;
  readonly #keep: Keep;
  readonly #kept: ReadonlyMap<number, readonly Head[]>;
  readonly #begin: number;
  #hash: string;
  #seq: number;
  #fits = 0;
  /** The last number that a head kept from earlier vouches for. */
  #vouched = 0;
  #first: { readonly seq: number; what: string } | undefined;

  /** @param after the signed head that the chain's first line says it follows; whether that is so is verify-sequel.ts's business */
  constructor(file: string, subject: string, keep: Keep, after?: Head) {
    this.#file = file;
    this.#subject = subject;
    this.#keep = keep;
    this.#begin = after?.seq ?? 0;
    this.#vouched = this.#begin;
    this.#seq = this.#begin;
    this.#hash = after?.hash ?? (subject === OPERATORS ? OPERATORS_GENESIS : GENESIS);
    this.#kept = Map.groupBy(
      keep.heads.filter((head) => head.subject === subject),
      ({ seq }) => seq,
    );
    if (after === undefined) return;
    const begins = this.#begin + 1;
    if (after.subject !== subject)
      this.#wrong(begins, `the head that it follows is of another chain: ${after.subject}`);
    else if (keep.key !== undefined && !signed(after, keep.key)) {
      this.#wrong(begins, "the head that it follows has a signature that does not fit the key");
    } else this.#compare();
    // Anyone who ends at that number counts it.
    this.#fits = 0;
  }

  /** Where reading has come to. */
  place(): { readonly subject: string; readonly seq: number } {
    return { subject: this.#subject, seq: this.#first?.seq ?? this.#seq + 1 };
  }

  add({ hash, ...entry }: Entry): void {
    const expected = this.#seq + 1;
    if (this.#first !== undefined) {
      // Missing so far, and here after all.
      if (entry.seq === this.#first.seq && this.#first.what.endsWith("missing")) {
        this.#first.what = `entry ${entry.seq} stands after a later one: the order was changed`;
      }
      return;
    }
    if (entry.seq > expected) this.#wrong(expected, `${range(expected, entry.seq - 1)} missing`);
    else if (entry.seq < expected) this.#wrong(entry.seq, `entry ${entry.seq} stands there twice, or was put in`);
    else if (sha256(`${this.#hash}\n${spell(entry)}`) !== hash) {
      this.#wrong(entry.seq, `entry ${entry.seq} was changed, or does not follow from the one before it`);
    } else {
      [this.#seq, this.#hash] = [entry.seq, hash];
      this.#compare();
    }
  }

  finish(head: Head): Finding | Sound {
    const { key } = this.#keep;
    const last = this.#seq;
    if (this.#first === undefined) {
      if (head.subject !== this.#subject) this.#wrong(last, `the signed head is of another chain: ${head.subject}`);
      else if (head.seq > last) this.#wrong(last + 1, `${range(last + 1, head.seq)} missing: the end was cut`);
      else if (head.seq < last)
        this.#wrong(head.seq + 1, `${range(head.seq + 1, last)} not covered by the signed head`);
      else if (head.hash !== this.#hash) this.#wrong(this.#vouched + 1, this.#rewritten("the signed head"));
      else if (key !== undefined && !signed(head, key)) {
        this.#wrong(this.#vouched + 1, "the head's signature does not fit the key: a forged head, or the wrong key");
      }
    }
    const found = { file: this.#file, subject: this.#subject };
    return this.#first === undefined
      ? { ...found, entries: last - this.#begin, from: this.#begin + 1, kept: this.#fits }
      : { ...found, ...this.#first };
  }

  /** Against the heads that were kept of this very number. */
  #compare(): void {
    for (const head of this.#kept.get(this.#seq) ?? []) {
      if (head.hash === this.#hash) {
        this.#fits++;
        this.#vouched = head.seq;
      } else this.#wrong(this.#vouched + 1, this.#rewritten("a head kept from earlier"));
    }
  }

  #rewritten(by: string): string {
    const [from, to] = [this.#vouched + 1, this.#seq];
    const which = from === to ? `entry ${to}` : `one of the entries ${from} to ${to}`;
    return `${which} was rewritten: hash ${to} is not the one in ${by}`;
  }

  #wrong(seq: number, what: string): void {
    this.#first ??= { seq, what };
  }
}

export function range(from: number, to: number): string {
  return from === to ? `entry ${from} is` : `entries ${from} to ${to} are`;
}
