// What a ledger counts: admissions without an outcome, and each tool's calls of the day. It is held in memory and all of it
// follows from the audit log, so a call writes nothing for it: the alarm writes down how it stood, and an object that wakes reads
// the audit log from there. Methods run inside the ledger's transaction.

import type { Event } from "../gate/event.ts";
import type { ClientId } from "../gate/principal.ts";
import type { Chain } from "./chain.ts";

const DAY_MS = 24 * 60 * 60_000;

interface Counted {
  /** The last admission that is counted in; an outcome that is counted twice changes nothing. */
  seq: number;
  /** Admissions without an outcome: sequence number to time, oldest first. */
  readonly open: Map<number, number>;
  /** Calls on the last day that there were any: of a tool, and of a tool by one client. */
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

  admitted(seq: number, tool: string, client: ClientId, at: number): void {
    const counted = this.#load();
    // Read back just now, it is counted already.
    if (seq > counted.seq) count(counted, seq, { kind: "admission", tool, client }, at);
  }

  /** Whether the admission was open until now. */
  closed(of: number): boolean {
    return this.#load().open.delete(of);
  }

  open(): ReadonlyMap<number, number> {
    return this.#load().open;
  }

  /** How often a tool was called on a day, by all clients and by one. */
  spent(tool: string, client: ClientId, day: number): { readonly total: number; readonly client: number } {
    const { spent } = this.#load();
    const on = (key: string) => {
      const last = spent.get(key);
      return last?.day === day ? last.count : 0;
    };
    return { total: on(tool), client: on(clientKey(tool, client)) };
  }

  /** Memory may be ahead of the audit log after a transaction that failed. */
  forget(): void {
    this.#counted = undefined;
  }

  /** Writes down how it stands, so that anyone who wakes reads no more of the audit log than what came since. */
  write(): void {
    const { open, spent } = this.#load();
    const { seq } = this.#chain.head();
    if (seq === this.#written) return;
    // A client of last year must not be carried along for ever.
    const newest = Math.max(...[...spent.values()].map(({ day }) => day));
    for (const [key, { day }] of spent) if (day < newest) spent.delete(key);
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

/** Names of tools have no white space. */
function clientKey(tool: string, client: ClientId): string {
  return `${tool} ${client}`;
}

type Countable =
  | { readonly kind: "admission"; readonly tool: string; readonly client: ClientId }
  | Exclude<Event, { kind: "admission" }>;

function count(counted: Counted, seq: number, event: Countable, at: number): void {
  counted.seq = seq;
  if (event.kind === "settlement") counted.open.delete(event.of);
  if (event.kind !== "admission") return;
  counted.open.set(seq, at);
  const day = Math.floor(at / DAY_MS);
  for (const key of [event.tool, clientKey(event.tool, event.client)]) {
    const last = counted.spent.get(key);
    counted.spent.set(key, { day, count: last?.day === day ? last.count + 1 : 1 });
  }
}
