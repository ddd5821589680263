// A ledger's copy of the switches, at most five seconds old. When it cannot be refreshed there is no copy: a bridge that
// does not know whether it was switched off does not run. In an isolate one read is in flight at a time, and whoever needs one
// meanwhile shares it: admissions that all find their copy old must not flood the one database that they need.

import * as z from "zod";
import { logFailure } from "../log.ts";
import { parseSwitches, type Switches } from "./switches.ts";

const COPY_MS = 5_000;
/** Longer, and the read is held to be lost: the object that began it may be gone, and its answer with it. */
const PATIENCE_MS = 1_000;

const ENV = z.object({ DB: z.custom<D1Database>((value) => value !== undefined) });

interface Reading {
  readonly began: number;
  readonly answer: Promise<Switches>;
}
export interface Read {
  readonly switches: Switches;
  /** How long ago the read began: what was set since may be missing. Milliseconds. */
  readonly age: number;
}

const inFlight = new WeakMap<D1Database, Reading>();

/** @throws when they cannot be read. */
export async function readSwitches(DB: D1Database): Promise<Read> {
  const known = inFlight.get(DB);
  const left = known === undefined ? 0 : known.began + PATIENCE_MS - Date.now();
  if (known !== undefined && left > 0) {
    const shared = await within(known.answer, Math.min(left, PATIENCE_MS));
    if (shared !== undefined) return { switches: shared, age: Math.max(0, Date.now() - known.began) };
    // Others waited too, and the first of them has begun anew.
    if (inFlight.get(DB) !== known) return readSwitches(DB);
  }
  const reading = { began: Date.now(), answer: readNow(DB) };
  inFlight.set(DB, reading);
  try {
    return { switches: await reading.answer, age: Math.max(0, Date.now() - reading.began) };
  } finally {
    if (inFlight.get(DB) === reading) inFlight.delete(DB);
  }
}

async function readNow(DB: D1Database): Promise<Switches> {
  const { results } = await DB.prepare("SELECT kind, value FROM switch").all();
  return parseSwitches(results);
}

/** Undefined when it takes longer. The timer is the waiting object's own: without one, the runtime takes it for hung. */
async function within<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}

export class SwitchBoard {
  readonly #env: object;
  #copy: { readonly switches: Switches; readonly until: number } | undefined;

  constructor(env: object) {
    this.#env = env;
  }

  /** `request`: who has to do without, for the log. */
  async current(now: number, request = ""): Promise<Switches | undefined> {
    if (this.#copy !== undefined && now < this.#copy.until) return this.#copy.switches;
    try {
      const { switches, age } = await readSwitches(ENV.parse(this.#env).DB);
      this.#copy = { switches, until: now + COPY_MS - age };
      return switches;
    } catch (error) {
      logFailure(request, error);
      this.#copy = undefined;
      return undefined;
    }
  }
}
