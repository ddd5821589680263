// The alarm of a ledger: set for the chore that is due first. Each chore is done whether or not the others could be; one that
// fails is tried again a little later, early enough that an orphan still has its settlement within a minute.

import { logChoreFailed } from "../log.ts";
import type { Chore } from "./chores.ts";

const PAUSE_MS = 1_000;
const RETRY_MS = 20_000;

export class Alarm {
  readonly #storage: DurableObjectStorage;
  readonly #subject: string;
  readonly #clock: () => number;
  readonly #chores: readonly Chore[];
  /** Until when a chore that failed waits. */
  readonly #waits = new Map<Chore, number>();
  #at = 0;
  #ringing = false;

  constructor(storage: DurableObjectStorage, subject: string, clock: () => number, chores: readonly Chore[]) {
    this.#storage = storage;
    this.#subject = subject;
    this.#clock = clock;
    this.#chores = chores;
  }

  async load(): Promise<void> {
    this.#at = (await this.#storage.getAlarm()) ?? 0;
  }

  async ring(): Promise<void> {
    this.#ringing = true;
    try {
      for (const chore of this.#chores) await this.#do(chore, this.#clock());
    } finally {
      this.#ringing = false;
      this.#at = 0;
      this.set();
    }
  }

  /** For what is due next. */
  set(): void {
    if (this.#ringing) return;
    const now = this.#clock();
    const due = Math.min(...this.#chores.map((chore) => Math.max(chore.due(now), this.#waits.get(chore) ?? 0)));
    if (!Number.isFinite(due) || (this.#at !== 0 && due >= this.#at)) return;
    this.#at = due;
    // Never at once: a clock that stands still must not make the alarm ring without end.
    void this.#storage.setAlarm(Math.max(due, Date.now() + PAUSE_MS));
  }

  async #do(chore: Chore, now: number): Promise<void> {
    if ((this.#waits.get(chore) ?? 0) > now) return;
    try {
      await chore.run(now);
      this.#waits.delete(chore);
    } catch (error) {
      this.#waits.set(chore, now + RETRY_MS);
      logChoreFailed(this.#subject, chore.name, error);
    }
  }
}
