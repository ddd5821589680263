// The one way to write into a ledger. Nothing else opens a transaction.

export type Write = <T>(change: (now: number) => T) => T;

interface Around {
  readonly clock: () => number;
  /** After a transaction that failed: memory may hold what the tables do not. */
  readonly forget: () => void;
  /** After every transaction. */
  readonly done: () => void;
}

/** Runs a change as one transaction: all of it is written, or none. */
export function writeInto(storage: DurableObjectStorage, { clock, forget, done }: Around): Write {
  return (change) => {
    const now = clock();
    try {
      return storage.transactionSync(() => change(now));
    } catch (error) {
      forget();
      throw error;
    } finally {
      done();
    }
  };
}
