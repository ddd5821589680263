// One segment of a chain as text: what `npm run audit:export` writes, for a part of one chain. `after` is the signed head of
// the segment before it, so that a set of segments can be verified in order (`npm run audit:verify`). Pure.

import type { Entry } from "../gate/event.ts";
import type { SignedHead } from "../ledger/chain.ts";
import { endLine, headerLine } from "../ledger/log-lines.ts";

export function segmentText(
  after: SignedHead | null,
  entries: readonly (Entry & { readonly hash: string })[],
  head: SignedHead,
): string {
  const lines = [...entries, { head }].map((line) => JSON.stringify(line));
  return [headerLine(head.subject, after), ...lines, endLine(1), ""].join("\n");
}

/** Padded, so that names sort as numbers do. */
export function segmentKey(first: number, { subject, seq }: SignedHead): string {
  const padded = (number: number) => String(number).padStart(12, "0");
  return `${subject}/${padded(first)}-${padded(seq)}.ndjson`;
}
