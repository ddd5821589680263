// The trail as text: for each person's chain a header line, its entries, and its signed head; at the end a line that says how
// many chains there were. A line is JSON exactly as JSON.stringify writes it. Pure.

const FORMAT = "audit/1";

export async function* chainLines(
  subject: string,
  entries: AsyncIterable<object>,
  head: object,
): AsyncGenerator<string> {
  yield JSON.stringify({ drawbridge: FORMAT, subject });
  for await (const entry of entries) yield JSON.stringify(entry);
  yield JSON.stringify({ head });
}

export function endLine(chains: number): string {
  return JSON.stringify({ end: { chains } });
}
