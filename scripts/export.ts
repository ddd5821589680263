// The audit log as text (src/bridge/ledger/log-lines.ts), asked for page by page with an operator token, and the chain of operators' acts
// in the same way. `npm run audit:verify` reads it (verify.ts).

import * as z from "zod";
import { chainLines, endLine } from "../src/bridge/ledger/log-lines.ts";
import { ACT_ROW } from "./acts.ts";
import { Failure } from "./command.ts";
import type { Ask } from "./operator.ts";

const PAGE = 1000;

const ENTRY = z.object({ seq: z.int(), at: z.int(), event: z.looseObject({ kind: z.string() }), hash: z.string() });
export type ExportedEntry = Readonly<z.infer<typeof ENTRY>>;
const PEOPLE = z.object({ people: z.array(z.object({ subject: z.string() })) });
const EVENTS = z.object({ entries: z.array(ENTRY) });
const SIGNED = z.object({
  subject: z.string(),
  at: z.int(),
  seq: z.int(),
  hash: z.string(),
  signature: z.string(),
});
const HEAD = z.object({
  head: SIGNED,
  anchor: SIGNED.nullable().default(null),
  shipped: z.int().default(0),
  lost: z.int().default(0),
});
export type Reached = Readonly<z.infer<typeof HEAD>>;
const ACTS_HEAD = z.object({ head: SIGNED.nullable() });
const ACTS = z.object({ acts: z.array(ACT_ROW) });

/** Everybody whose chain there is, oldest ids first. */
export async function loadPeople(ask: Ask): Promise<readonly string[]> {
  const found: string[] = [];
  for (;;) {
    const { people } = await ask({ do: "people", after: found.at(-1) ?? "" }, PEOPLE);
    if (people.length === 0) return found;
    found.push(...people.map(({ subject }) => subject));
  }
}

/** The entries after `after`, up to and including `last`. */
export async function* loadEntries(
  ask: Ask,
  subject: string,
  after: number,
  last: number,
): AsyncGenerator<ExportedEntry> {
  for (let seq = after; seq < last; ) {
    const { entries } = await ask({ do: "events", subject, after: seq, limit: Math.min(PAGE, last - seq) }, EVENTS);
    const newest = entries.at(-1);
    if (newest === undefined) return;
    yield* entries;
    seq = newest.seq;
  }
}

/** The number of the last entry from before `since`. Clocks of a chain can step back a little, hence the margin. */
export async function lastBefore(ask: Ask, subject: string, since: number, last: number): Promise<number> {
  const MARGIN_MS = 5 * 60_000;
  let [low, high] = [0, last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { entries } = await ask({ do: "events", subject, after: middle, limit: 1 }, EVENTS);
    const [entry] = entries;
    if (entry === undefined || entry.at >= since - MARGIN_MS) high = middle;
    else low = entry.seq;
  }
  return low;
}

/** The signed head; the head that the ledger's first entry follows (null: it has all); what is in the archive. */
export async function loadHead(ask: Ask, subject: string): Promise<Reached> {
  return ask({ do: "head", subject }, HEAD);
}

/** What of a chain is not in the ledger, or in the archive too; undefined when there is nothing to say. */
export function describeReach(subject: string, { anchor, shipped, lost }: Reached): string | undefined {
  if (shipped === 0 && lost === 0) return undefined;
  const last = anchor?.seq ?? 0;
  const pruned = lost === 0 ? "" : `entries 1 to ${lost} were pruned without an archive; `;
  const there = shipped === 0 ? "" : `in the archive up to entry ${shipped}; `;
  const gone = last > lost ? `entries ${lost + 1} to ${last} are only there; ` : "";
  return `${subject}: ${pruned}${there}${gone}here from entry ${(anchor?.seq ?? 0) + 1} on.`;
}

/** The export, line by line. Heads are taken first, so that what is appended meanwhile is left for the next one. */
export async function* exportLines(
  ask: Ask,
  people: readonly string[],
  { acts = false, say = () => undefined }: { readonly acts?: boolean; readonly say?: (words: string) => void } = {},
): AsyncGenerator<string> {
  let chains = people.length;
  for (const subject of people) {
    const reached = await loadHead(ask, subject);
    const { head, anchor } = reached;
    yield* chainLines(subject, anchor, loadEntries(ask, subject, anchor?.seq ?? 0, head.seq), head);
    const words = describeReach(subject, reached);
    if (words === undefined) continue;
    say(words);
    const { anchor: later } = await loadHead(ask, subject);
    if (later?.seq !== anchor?.seq) throw new Failure(`${subject} was pruned while it was read. Say it again.`);
  }
  const { head } = acts ? await ask({ do: "acts-head" }, ACTS_HEAD) : { head: null };
  if (head !== null) {
    chains++;
    yield* chainLines(head.subject, null, loadActs(ask, head.seq), head);
  }
  yield endLine(chains);
}

async function* loadActs(ask: Ask, last: number) {
  for (let seq = 0; seq < last; ) {
    const { acts } = await ask({ do: "acts", after: seq }, ACTS);
    const newest = acts.at(-1);
    if (newest === undefined) return;
    yield* acts.filter((row) => row.seq <= last);
    seq = newest.seq;
  }
}
