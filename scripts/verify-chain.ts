// One chain of an export, checked entry by entry. Computes every hash and spells every value itself, by code that shares nothing
// with the bridge. Part of verify.ts; pure.

import { createHash, type KeyObject, verify as verifySignature } from "node:crypto";
import * as z from "zod";

const GENESIS = sha256("drawbridge/ledger/1");
/** The chain of operators' acts stands under this name, which is no person's, and begins differently. */
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
  #hash: string;
  #seq = 0;
  #fits = 0;
  /** The last number that a head kept from earlier vouches for. */
  #vouched = 0;
  #first: { readonly seq: number; what: string } | undefined;

  constructor(file: string, subject: string, keep: Keep) {
    this.#file = file;
    this.#subject = subject;
    this.#keep = keep;
    this.#hash = subject === OPERATORS ? OPERATORS_GENESIS : GENESIS;
    this.#kept = Map.groupBy(
      keep.heads.filter((head) => head.subject === subject),
      ({ seq }) => seq,
    );
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
    const later = Math.max(0, ...this.#kept.keys());
    if (this.#first === undefined && later > last) {
      this.#wrong(last + 1, `${range(last + 1, later)} missing: a head kept from earlier covers more`);
    }
    const found = { file: this.#file, subject: this.#subject };
    return this.#first === undefined ? { ...found, entries: last, kept: this.#fits } : { ...found, ...this.#first };
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

function range(from: number, to: number): string {
  return from === to ? `entry ${from} is` : `entries ${from} to ${to} are`;
}
