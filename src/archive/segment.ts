// One segment of a chain as text: what `npm run audit:export` writes, for a part of one chain. `after` is the signed head of
// the segment before it, so that a set of segments can be verified in order (`npm run audit:verify`). Pure.

import type { Entry } from "../authz/event.ts";
import type { SignedHead } from "../ledger/chain.ts";

const FORMAT = "audit/1";

export function segmentText(
  after: SignedHead | null,
  entries: readonly (Entry & { readonly hash: string })[],
  head: SignedHead,
): string {
  const { subject } = head;
  const header = after === null ? { drawbridge: FORMAT, subject } : { drawbridge: FORMAT, subject, after };
  const lines = [header, ...entries, { head }, { end: { chains: 1 } }];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** Padded, so that names sort as numbers do. */
export function segmentKey(first: number, { subject, seq }: SignedHead): string {
  const padded = (number: number) => String(number).padStart(12, "0");
  return `${subject}/${padded(first)}-${padded(seq)}.ndjson`;
}
