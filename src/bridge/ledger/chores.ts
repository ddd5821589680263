// What a ledger does by itself when its alarm rings. Each chore is done whether or not the others could be; one that fails is
// tried again a little later, early enough that an orphan still has its settlement within a minute.

import type { Chain } from "./chain.ts";
import type { Heads } from "./heads.ts";

export interface Chore {
  readonly name: string;
  /** When it is due next; Infinity when there is nothing to do. Too early is fine. */
  readonly due: (now: number) => number;
  /** Called whenever the alarm rings, due or not. */
  readonly run: (now: number) => void | Promise<void>;
}

/** What a chore of a part (request/part.ts) is made of: the ledger's database, its chain and heads, and its one way to write. */
export interface ChoreTools {
  readonly sql: SqlStorage;
  readonly chain: Chain;
  readonly heads: Heads;
  readonly env: object;
  readonly write: <T>(change: (now: number) => T) => T;
}
export type MakeChore = (tools: ChoreTools) => Chore;

const RETRY_MS = 20_000;

export class Chores {
  readonly #all: readonly Chore[];
  readonly #failed: (chore: string, error: unknown) => void;
  /** Until when a chore that failed waits. */
  readonly #waits = new Map<Chore, number>();

  constructor(all: readonly Chore[], failed: (chore: string, error: unknown) => void) {
    this.#all = all;
    this.#failed = failed;
  }

  /** When the first of them is due. */
  due(now: number): number {
    return Math.min(...this.#all.map((chore) => this.#dueOf(chore, now)));
  }

  async run(clock: () => number): Promise<void> {
    for (const chore of this.#all) {
      const now = clock();
      if ((this.#waits.get(chore) ?? 0) > now) continue;
      try {
        await chore.run(now);
        this.#waits.delete(chore);
      } catch (error) {
        this.#waits.set(chore, now + RETRY_MS);
        this.#failed(chore.name, error);
      }
    }
  }

  #dueOf(chore: Chore, now: number): number {
    return Math.max(chore.due(now), this.#waits.get(chore) ?? 0);
  }
}
