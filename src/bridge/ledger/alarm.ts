// The alarm of a ledger: set for the chore that is due first. Each chore is done whether or not the others could be. One that fails
// is tried again after 20 s, then after twice as long each time, up to an hour; how often it failed outlives the object's memory.

import { logChoreFailed } from "../log.ts";
import type { Chore } from "./chores.ts";

const PAUSE_MS = 1_000;
/** Early enough that an admission which a crash left open is settled within a minute. */
const RETRY_MS = 20_000;
const MOST_MS = 3_600_000;

type Delay = { readonly chore: string; readonly failures: number; readonly until: number };

export class Alarm {
  readonly #storage: DurableObjectStorage;
  readonly #subject: string;
  readonly #clock: () => number;
  readonly #chores: readonly Chore[];
  /** Of chores that failed, by name. */
  readonly #delays: Map<string, Delay>;
  #at = 0;
  #ringing = false;

  constructor(storage: DurableObjectStorage, subject: string, clock: () => number, chores: readonly Chore[]) {
    this.#storage = storage;
    this.#subject = subject;
    this.#clock = clock;
    this.#chores = chores;
    const delays = storage.sql.exec<Delay>("SELECT chore, failures, until FROM delay").toArray();
    this.#delays = new Map(delays.map((delay) => [delay.chore, delay]));
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
    const due = Math.min(...this.#chores.map((chore) => Math.max(chore.due(now), this.#waits(chore))));
    if (!Number.isFinite(due) || (this.#at !== 0 && due >= this.#at)) return;
    this.#at = due;
    // Never at once: a clock that stands still must not make the alarm ring without end.
    void this.#storage.setAlarm(Math.max(due, Date.now() + PAUSE_MS));
  }

  async #do(chore: Chore, now: number): Promise<void> {
    if (this.#waits(chore) > now) return;
    try {
      await chore.run(now);
      if (this.#delays.delete(chore.name)) this.#storage.sql.exec("DELETE FROM delay WHERE chore = ?", chore.name);
    } catch (error) {
      logChoreFailed(this.#subject, chore.name, error);
      this.#delay(chore.name, now);
    }
  }

  #delay(chore: string, now: number): void {
    const failures = (this.#delays.get(chore)?.failures ?? 0) + 1;
    const until = now + Math.min(RETRY_MS * 2 ** (failures - 1), MOST_MS);
    this.#delays.set(chore, { chore, failures, until });
    const store = "INSERT OR REPLACE INTO delay (chore, failures, until) VALUES (?, ?, ?)";
    try {
      this.#storage.sql.exec(store, chore, failures, until);
    } catch {
      // The storage is full: memory has it, and the other chores go on.
    }
  }

  /** Until when. */
  #waits({ name }: Chore): number {
    return this.#delays.get(name)?.until ?? 0;
  }
}
