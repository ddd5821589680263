// A ledger's copy of the switches, at most five seconds old. When it cannot be refreshed there is no copy: a bridge that
// does not know whether it was switched off does not run. In an isolate one read is in flight at a time, and anyone who needs one
// meanwhile shares it: admissions that all find their copy old must not flood the one database that they need.

import * as z from "zod";
import { logFailure } from "../log.ts";
import { carryOver } from "./carry.ts";
import { parseSwitches, type Switches } from "./switches.ts";

const COPY_MS = 5_000;
/** Longer, and the read is held to be lost: the object that began it may be gone, and its answer with it. */
const PATIENCE_MS = 1_000;

const D1 = z.custom<D1Database>((value) => value !== undefined);
/** `DB`: where an older copy of the bridge kept its switches. */
const ENV = z.object({ CONTROL: D1, DB: D1.optional() });

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
export async function readSwitches(env: object): Promise<Read> {
  const { CONTROL, DB } = ENV.parse(env);
  const known = inFlight.get(CONTROL);
  const left = known === undefined ? 0 : known.began + PATIENCE_MS - Date.now();
  if (known !== undefined && left > 0) {
    const shared = await within(known.answer, Math.min(left, PATIENCE_MS));
    if (shared !== undefined) return { switches: shared, age: Math.max(0, Date.now() - known.began) };
    // Others waited too, and the first of them has begun anew.
    if (inFlight.get(CONTROL) !== known) return readSwitches(env);
  }
  const reading = { began: Date.now(), answer: readNow(CONTROL, DB) };
  inFlight.set(CONTROL, reading);
  try {
    return { switches: await reading.answer, age: Math.max(0, Date.now() - reading.began) };
  } finally {
    if (inFlight.get(CONTROL) === reading) inFlight.delete(CONTROL);
  }
}

/** With the switches it is read whether an older copy's rows are there yet (carry.ts). */
const READ = "SELECT kind, value FROM switch UNION ALL SELECT 'carried', '' FROM carried";

async function readNow(CONTROL: D1Database, old: D1Database | undefined): Promise<Switches> {
  let rows = (await CONTROL.prepare(READ).all()).results;
  if (!rows.some(isCarried)) {
    await carryOver(CONTROL, old, Date.now());
    rows = (await CONTROL.prepare(READ).all()).results;
  }
  return parseSwitches(rows.filter((row) => !isCarried(row)));
}

function isCarried({ kind }: Record<string, unknown>): boolean {
  return kind === "carried";
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
    try {
      return await this.known(now);
    } catch (error) {
      logFailure(request, error);
      return undefined;
    }
  }

  /** @throws when they cannot be read. */
  async known(now: number): Promise<Switches> {
    return this.#copy !== undefined && now < this.#copy.until ? this.#copy.switches : this.readAnew(now);
  }

  /** Whatever the copy says. @throws when they cannot be read. */
  async readAnew(now: number): Promise<Switches> {
    const { switches, age } = await readSwitches(this.#env);
    this.#copy = { switches, until: now + COPY_MS - age };
    return switches;
  }

  /** @throws when the switches cannot be read: nobody knows then whether this user is frozen. */
  async freezes(subject: string, now: number): Promise<boolean> {
    const switches = await this.known(now);
    return switches.some(({ kind, value }) => kind === "subject" && value === subject);
  }
}
