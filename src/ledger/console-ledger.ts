// The part of a ledger's interface that shows a person what is theirs (src/console). Reads only, and at a cost that does not grow
// with the trail.

import { BrowserLedger } from "./browser-ledger.ts";
import type { Linked } from "./chain.ts";
import type { Connection, Stolen } from "./usage.ts";

/** How long a theft is shown, in milliseconds. */
const SHOWN_MS = 7 * 86_400_000;

export class ConsoleLedger extends BrowserLedger {
  /** What is connected now, and what was ended lately because its token was stolen. */
  async connections(): Promise<{ readonly alive: readonly Connection[]; readonly stolen: readonly Stolen[] }> {
    return this.write((now) => {
      const { usage } = this.parts;
      usage.catchUp();
      return { alive: usage.connections(now), stolen: usage.stolen(now - SHOWN_MS) };
    });
  }

  /** Up to 1,000 entries with `seq < before`, newest first, with their hashes. */
  async eventsBefore(before: number, limit: number): Promise<readonly Linked[]> {
    return this.parts.chain.readBack(before, Math.min(limit, 1000));
  }
}
