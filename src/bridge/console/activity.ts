// A page of a user's audit log: newest first, filtered, each admission with what became of it, and every hash of the span that was
// read computed anew. How much is read for a page is bounded, however long the audit log is.

import { canonical } from "../gate/canonical.ts";
import type { Event, Outcome } from "../gate/event.ts";
import { GENESIS, type Linked, linkHash, type Reach, type SignedHead } from "../ledger/chain.ts";
import { checkHead } from "../seal.ts";

const ROWS = 50;
const BATCH = 250;
const MOST_READ = 2_000;
/** How far above a page the end of a call is looked for. */
const ABOVE = 200;

/** What this needs of the ledger. */
export interface AuditLog {
  events(after: number, limit: number): Promise<readonly Linked[]>;
  eventsBefore(before: number, limit: number): Promise<readonly Linked[]>;
  signedHead(): Promise<SignedHead>;
  reach(): Promise<Reach>;
}

export interface Filter {
  /** Only what is older than this number. */
  readonly before?: number | undefined;
  readonly tool?: string | undefined;
  readonly decision?: "admitted" | "refused" | undefined;
  readonly client?: string | undefined;
}

export interface ActivityRow {
  readonly seq: number;
  readonly at: number;
  readonly event: Event;
  readonly outcome: Outcome | undefined;
}

export interface Activity {
  readonly rows: readonly ActivityRow[];
  /** Where older ones go on; undefined at the beginning of the audit log. */
  readonly older: number | undefined;
  readonly chain: ChainMark;
}

/** What was computed anew: the numbers from `from` to `to`; `head` when the signed head was held against them. */
export interface ChainMark {
  readonly from: number;
  readonly to: number;
  readonly head: boolean;
  /** The first number that does not follow from what is before it; 0 when the signed head does not fit. */
  readonly broken: number | undefined;
}

export async function loadActivity(auditLog: AuditLog, filter: Filter, subjectKey: string): Promise<Activity> {
  const head = await auditLog.signedHead();
  const start = Math.min(filter.before ?? head.seq + 1, head.seq + 1);
  const read = await readDown(auditLog, start, filter);
  const outcomes = outcomesOf([...read, ...(start > head.seq ? [] : await auditLog.events(start - 1, ABOVE))]);
  const rows = read
    .filter(({ event }) => fits(event, filter))
    .map(({ seq, at, event }) => ({ seq, at, event, outcome: outcomes.get(seq) }));
  const { anchor } = await auditLog.reach();
  const first = (anchor?.seq ?? 0) + 1;
  const lowest = read.at(-1)?.seq ?? first;
  return {
    rows,
    older: lowest > first ? lowest : undefined,
    chain: await checkChain(auditLog, read, anchor, start > head.seq ? head : undefined, subjectKey),
  };
}

/** Entries below `start` until a page is full, newest first, without a gap. */
async function readDown(auditLog: AuditLog, start: number, filter: Filter): Promise<readonly Linked[]> {
  const read: Linked[] = [];
  let found = 0;
  for (let before = start; read.length < MOST_READ; ) {
    const batch = await auditLog.eventsBefore(before, BATCH);
    for (const entry of batch) {
      read.push(entry);
      if (fits(entry.event, filter)) found += 1;
      if (found === ROWS) return read;
    }
    const last = batch.at(-1);
    if (last === undefined || last.seq === 1) return read;
    before = last.seq;
  }
  return read;
}

/** An outcome is not a row of its own: it stands on its admission. */
function fits(event: Event, { tool, decision, client }: Filter): boolean {
  if (event.kind === "settlement") return false;
  if (tool !== undefined && (!("tool" in event) || event.tool !== tool)) return false;
  if (client !== undefined && (!("client" in event) || event.client !== client)) return false;
  if (decision === undefined) return true;
  return event.kind === (decision === "admitted" ? "admission" : "denial");
}

function outcomesOf(entries: readonly Linked[]): ReadonlyMap<number, Outcome> {
  const outcome = entries.flatMap(({ event }) =>
    event.kind === "settlement" ? [[event.of, event.outcome] as const] : [],
  );
  return new Map(outcome);
}

async function checkChain(
  auditLog: AuditLog,
  read: readonly Linked[],
  /** What is before it was shipped to the archive and is no longer here. */
  anchor: SignedHead | null,
  head: SignedHead | undefined,
  subjectKey: string,
): Promise<ChainMark> {
  const [top, bottom] = [read[0], read.at(-1)];
  const span = { from: bottom?.seq ?? 0, to: top?.seq ?? 0, head: head !== undefined };
  const below = bottom === undefined ? undefined : (await auditLog.eventsBefore(bottom.seq, 1))[0];
  let previous: Pick<Linked, "seq" | "hash"> = below ?? anchor ?? { seq: 0, hash: GENESIS };
  for (const { hash, ...entry } of read.toReversed()) {
    if (entry.seq !== previous.seq + 1 || linkHash(previous.hash, entry) !== hash)
      return { ...span, broken: entry.seq };
    previous = { seq: entry.seq, hash };
  }
  if (head === undefined) return { ...span, broken: undefined };
  const { signature, ...signed } = head;
  const fitsHead = head.seq === previous.seq && head.hash === previous.hash;
  const sound = fitsHead && (await checkHead(subjectKey, canonical(signed), signature));
  return { ...span, broken: sound ? undefined : 0 };
}
