// Chains that go on from one file to the next: segments of the archive in order, and then an export of a pruned ledger. Each
// names the head that it follows; here is whether some file before it ended there. Part of verify.ts; pure.

import { type Finding, type Head, range } from "./verify-chain.ts";

interface Missing {
  readonly file: string;
  readonly subject: string;
  readonly seq: number;
  what: string;
}

export class Sequel {
  /** Where chains have ended so far: their last numbers, with the hash there. */
  readonly #ends = new Map<string, Map<number, string>>();
  readonly #findings: Missing[] = [];
  readonly #broken = new Set<string>();
  readonly #kept: readonly Head[];
  readonly #pruned: boolean;
  /** Chains that begin in the middle, and the last number that is not here. */
  readonly #left = new Map<string, number>();
  #file = "";

  /**
   * @param kept heads kept from earlier
   * @param pruned whether a chain may begin in the middle, at a signed head, when no file has what is before
   */
  constructor(kept: readonly Head[], pruned = false) {
    this.#kept = kept;
    this.#pruned = pruned;
  }

  /** After the last file. */
  findings(): readonly Finding[] {
    const cut = [...this.#ends].flatMap(([subject, ends]) => {
      if (this.#broken.has(subject)) return [];
      const last = Math.max(...ends.keys());
      const later = Math.max(0, ...this.#kept.filter((head) => head.subject === subject).map(({ seq }) => seq));
      const what = `${range(last + 1, later)} missing: a head kept from earlier covers more`;
      return later > last ? [{ file: this.#file, subject, seq: last + 1, what }] : [];
    });
    return [...this.#findings, ...cut];
  }

  /** What no file has, and was accepted as pruned. */
  pruned(): readonly string[] {
    return [...this.#left].map(([subject, last]) => `${subject}  ${range(1, last)} not here`);
  }

  /** A chain begins in a file; `after` is the head that it says it follows. */
  begin(file: string, subject: string, after: Head | undefined): void {
    const first = (after?.seq ?? 0) + 1;
    for (const missing of this.#findings) {
      if (missing.subject !== subject || missing.seq !== first || !missing.what.includes("missing")) continue;
      missing.what = `entry ${first} stands in a later file: the order was changed`;
    }
    if (after === undefined) return;
    const ends = this.#ends.get(subject) ?? new Map<number, string>([]);
    const hash = ends.get(after.seq);
    if (hash === after.hash) return;
    const add = (seq: number, what: string) => this.#findings.push({ file, subject, seq, what });
    const newest = Math.max(0, ...[...ends.keys()].filter((seq) => seq <= after.seq));
    if (hash !== undefined) {
      add(first, `this does not follow from the file before it: hash ${after.seq} is another one there`);
    } else if (Math.max(0, ...ends.keys()) > after.seq) {
      add(first, `entry ${first} stands there twice, or was put in: a file before this one has it too`);
    } else if (!this.#pruned || ends.size > 0) {
      const hint = ends.size > 0 ? "" : "; give the archive's segments too, or --pruned when there are none";
      add(newest + 1, `${range(newest + 1, after.seq)} missing: this begins after them${hint}`);
    } else this.#left.set(subject, after.seq);
  }

  /** A chain ends in a file, with this signed head. */
  end({ subject, seq, hash }: Head, file: string, sound: boolean): void {
    this.#file = file;
    if (!sound) this.#broken.add(subject);
    const ends = this.#ends.get(subject) ?? new Map<number, string>();
    this.#ends.set(subject, ends.set(seq, hash));
  }
}
