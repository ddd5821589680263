// The audit log as text: for each chain a header line, its entries, and its signed head; at the end of an export a line that says how
// many chains there were. A line is JSON exactly as JSON.stringify writes it. Pure.

import type { Head } from "./chain.ts";

const FORMAT = "audit/1";

/** `after`: the head that the first entry follows; null when nothing is missing before it. */
export function headerLine(subject: string, after: Head | null): string {
  return JSON.stringify({ drawbridge: FORMAT, subject, ...(after === null ? {} : { after }) });
}

export async function* chainLines(
  subject: string,
  after: Head | null,
  entries: AsyncIterable<object>,
  head: object,
): AsyncGenerator<string> {
  yield headerLine(subject, after);
  for await (const entry of entries) yield JSON.stringify(entry);
  yield JSON.stringify({ head });
}

export function endLine(chains: number): string {
  return JSON.stringify({ end: { chains } });
}
