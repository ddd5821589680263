// What a ledger counts: admissions without a settlement, and each tool's calls of the day. It is held in memory and all of it
// follows from the trail, so a call writes nothing for it: the alarm writes down how it stood, and an object that wakes reads
// the trail from there. Methods run inside the ledger's transaction.

import type { Event } from "../gate/event.ts";
import type { Chain } from "./chain.ts";

const DAY_MS = 24 * 60 * 60_000;

interface Counted {
  /** The last admission that is counted in; a settlement that is counted twice changes nothing. */
  seq: number;
  /** Admissions without a settlement: sequence number to time, oldest first. */
  readonly open: Map<number, number>;
  /** Calls of a tool on the last day that it was called on. */
  readonly spent: Map<string, { readonly day: number; readonly count: number }>;
}

type Row = { seq: number; open: string; spent: string };

export class Tally {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  /** Undefined when it has to be read back. */
  #counted: Counted | undefined;
  /** Up to where it is written down. */
  #written = 0;

  constructor(sql: SqlStorage, chain: Chain) {
    this.#sql = sql;
    this.#chain = chain;
  }

  admitted(seq: number, tool: string, at: number): void {
    const counted = this.#load();
    // Read back just now, it is counted already.
    if (seq > counted.seq) count(counted, seq, { kind: "admission", tool }, at);
  }

  /** Whether the admission was open until now. */
  settled(of: number): boolean {
    return this.#load().open.delete(of);
  }

  open(): ReadonlyMap<number, number> {
    return this.#load().open;
  }

  /** How often a tool was called on a day. */
  spent(tool: string, day: number): number {
    const last = this.#load().spent.get(tool);
    return last?.day === day ? last.count : 0;
  }

  /** Memory may be ahead of the trail after a transaction that failed. */
  forget(): void {
    this.#counted = undefined;
  }

  /** Writes down how it stands, so that whoever wakes reads no more of the trail than what came since. */
  write(): void {
    const { open, spent } = this.#load();
    const { seq } = this.#chain.head();
    if (seq === this.#written) return;
    const row = [seq, JSON.stringify([...open]), JSON.stringify([...spent])];
    this.#sql.exec("INSERT OR REPLACE INTO tally (id, seq, open, spent) VALUES (1, ?, ?, ?)", ...row);
    this.#written = seq;
  }

  #load(): Counted {
    this.#counted ??= this.#readBack();
    return this.#counted;
  }

  #readBack(): Counted {
    const row = this.#sql.exec<Row>("SELECT seq, open, spent FROM tally").toArray()[0];
    this.#written = row?.seq ?? 0;
    const counted: Counted = {
      seq: this.#written,
      open: new Map(row === undefined ? [] : JSON.parse(row.open)),
      spent: new Map(row === undefined ? [] : JSON.parse(row.spent)),
    };
    const since = this.#sql.exec<{ seq: number; at: number; body: string }>(
      "SELECT seq, at, body FROM event WHERE seq > ? ORDER BY seq",
      this.#written,
    );
    for (const { seq, at, body } of since) count(counted, seq, JSON.parse(body), at);
    return counted;
  }
}

type Countable = { readonly kind: "admission"; readonly tool: string } | Exclude<Event, { kind: "admission" }>;

function count(counted: Counted, seq: number, event: Countable, at: number): void {
  counted.seq = seq;
  if (event.kind === "settlement") counted.open.delete(event.of);
  if (event.kind !== "admission") return;
  counted.open.set(seq, at);
  const day = Math.floor(at / DAY_MS);
  const last = counted.spent.get(event.tool);
  counted.spent.set(event.tool, { day, count: last?.day === day ? last.count + 1 : 1 });
}
