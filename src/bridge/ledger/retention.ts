// Without an archive the ledger is bounded all the same: beyond so many entries the oldest leave for good. The signed head of the
// last one that left stays as the anchor, so that the rest still verifies. With an archive, what was shipped leaves (archive.ts).

import type { Chain, Prune } from "./chain.ts";
import type { Heads } from "./heads.ts";

interface Tools {
  readonly chain: Chain;
  readonly heads: Heads;
  readonly prune: Prune;
}

/** About a quarter of a gigabyte; an object may hold ten. */
const KEPT = 500_000;
/** Leave together, because each time costs a signature. */
const AT_ONCE = 10_000;

export class Retention {
  readonly #chain: Chain;
  readonly #heads: Heads;
  readonly #prune: Prune;
  readonly #kept: number;
  readonly #atOnce: number;
  /** The number of the last entry that left; undefined when it has to be looked up. */
  #gone: number | undefined;

  constructor({ chain, heads, prune }: Tools, kept = KEPT, atOnce = AT_ONCE) {
    this.#chain = chain;
    this.#heads = heads;
    this.#prune = prune;
    this.#kept = kept;
    this.#atOnce = atOnce;
  }

  due(): number {
    this.#gone ??= this.#chain.anchor()?.seq ?? 0;
    return this.#chain.head().seq - this.#gone >= this.#kept + this.#atOnce ? 1 : Number.POSITIVE_INFINITY;
  }

  async run(now: number): Promise<void> {
    if (this.due() > now || this.#gone === undefined) return;
    const [last] = this.#chain.read(this.#gone + this.#atOnce - 1, 1);
    if (last === undefined) return;
    this.#prune(await this.#heads.sign(now, last), "lost");
    this.#gone = undefined;
  }
}
