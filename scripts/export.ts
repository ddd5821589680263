// The trail as text (src/ledger/trail-lines.ts), asked for page by page with an operator's pass. `npm run audit:verify` reads it
// (verify.ts).

import * as z from "zod";
import { chainLines, endLine } from "../src/ledger/trail-lines.ts";
import type { Ask } from "./operator.ts";

const PAGE = 1000;

const ENTRY = z.object({ seq: z.int(), at: z.int(), event: z.looseObject({ kind: z.string() }), hash: z.string() });
export type ExportedEntry = Readonly<z.infer<typeof ENTRY>>;
const PEOPLE = z.object({ people: z.array(z.object({ subject: z.string() })) });
const EVENTS = z.object({ entries: z.array(ENTRY) });
const HEAD = z.object({
  head: z.object({ subject: z.string(), at: z.int(), seq: z.int(), hash: z.string(), signature: z.string() }),
});

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

export async function loadHead(ask: Ask, subject: string) {
  return (await ask({ do: "head", subject }, HEAD)).head;
}

/** The export, line by line. The head is taken first, so that what is appended meanwhile is left for the next one. */
export async function* exportLines(ask: Ask, people: readonly string[]): AsyncGenerator<string> {
  for (const subject of people) {
    const head = await loadHead(ask, subject);
    yield* chainLines(subject, loadEntries(ask, subject, 0, head.seq), head);
  }
  yield endLine(people.length);
}
