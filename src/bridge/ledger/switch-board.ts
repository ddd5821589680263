// A ledger's copy of the switches, at most five seconds old. When it cannot be refreshed there is no copy: a bridge that
// does not know whether it was switched off does not run.

import * as z from "zod";
import { parseSwitches, type Switches } from "./switches.ts";

const COPY_MS = 5_000;

const ENV = z.object({ DB: z.custom<D1Database>((value) => value !== undefined) });

export class SwitchBoard {
  readonly #env: object;
  #copy: { readonly switches: Switches; readonly until: number } | undefined;

  constructor(env: object) {
    this.#env = env;
  }

  async current(now: number): Promise<Switches | undefined> {
    if (this.#copy !== undefined && now < this.#copy.until) return this.#copy.switches;
    try {
      const { DB } = ENV.parse(this.#env);
      const { results } = await DB.prepare("SELECT kind, value FROM switch").all();
      this.#copy = { switches: parseSwitches(results), until: now + COPY_MS };
      return this.#copy.switches;
    } catch {
      this.#copy = undefined;
      return undefined;
    }
  }
}
