// Calls of the last minute under the names they count for, so that asking how many there are costs the same however many there
// are. Exact: each call is added once and leaves once. In memory only. Pure but for that.

interface Entry {
  readonly at: number;
  readonly keys: readonly string[];
}

/** First in, first out; leaving costs no move of the rest. */
class Queue<T> {
  #items: T[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  get oldest(): T | undefined {
    return this.#items[this.#first];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#first += 1;
    // Half of it is gone: move the rest once, which each item has paid for by then.
    if (this.#first * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#first);
    this.#first = 0;
  }
}

export class Minute {
  readonly #calls = new Queue<Entry>();
  readonly #times = new Map<string, Queue<number>>();

  /** How many calls count for a name, and when the oldest of them was. */
  of(key: string): { readonly count: number; readonly oldest: number | undefined } {
    const times = this.#times.get(key);
    return { count: times?.length ?? 0, oldest: times?.oldest };
  }

  add(at: number, keys: readonly string[]): void {
    this.#calls.push({ at, keys });
    for (const key of keys) {
      const times = this.#times.get(key) ?? new Queue<number>();
      times.push(at);
      this.#times.set(key, times);
    }
  }

  /** Calls up to `until` leave. */
  leave(until: number): void {
    for (let call = this.#calls.oldest; call !== undefined && call.at <= until; call = this.#calls.oldest) {
      this.#calls.shift();
      for (const key of call.keys) {
        const times = this.#times.get(key);
        times?.shift();
        if (times?.length === 0) this.#times.delete(key);
      }
    }
  }
}
