// The chain of operators' acts: who set, read or erased what, each hash over the one before. Kept in D1, which every operator
// can edit: it shows a change only to who remembers a later hash, so `npm run guard -- status` prints the newest. Pure.

import { createHash } from "node:crypto";
import * as z from "zod";
import { canonical } from "../src/bridge/gate/canonical.ts";

const DEED = z.object({ do: z.string(), by: z.string() }).catchall(z.string());
/** What, and on what. Beside it stands who, as their computer calls them: a claim. */
export type Deed = Readonly<Record<string, string>> & { readonly do: string };

export const ACT_ROW = z.object({ seq: z.int(), at: z.int(), act: z.string(), hash: z.string() });
export type ActRow = Readonly<z.infer<typeof ACT_ROW>>;

const GENESIS = createHash("sha256").update("drawbridge/operator/1").digest("base64url");

/** The row that comes after `last`. */
export function nextAct(last: ActRow | undefined, at: number, deed: Deed, by: string): ActRow {
  const seq = (last?.seq ?? 0) + 1;
  const act = canonical({ ...deed, by });
  return { seq, at, act, hash: linkAct(last?.hash ?? GENESIS, { seq, at, act }) };
}

function linkAct(previous: string, act: Omit<ActRow, "hash">): string {
  const { seq, at, act: text } = act;
  return createHash("sha256")
    .update(`${previous}\n${canonical({ seq, at, act: text })}`)
    .digest("base64url");
}

/** The number of the first act that does not follow from the one before it, or undefined when all do. */
export function firstBrokenAct(rows: readonly ActRow[]): number | undefined {
  let previous = GENESIS;
  for (const [index, row] of rows.entries()) {
    if (row.seq !== index + 1) return index + 1;
    if (linkAct(previous, row) !== row.hash) return row.seq;
    previous = row.hash;
  }
  return undefined;
}

/** For a line of `status`. Text that is no deed of ours is not shown. */
export function describeAct({ act }: ActRow): string {
  const parsed = DEED.safeParse(JSON.parse(act));
  if (!parsed.success) return "(unreadable)";
  const { by, do: what, ...more } = parsed.data;
  const on = Object.entries(more).map(([name, value]) => (name === "to" ? value : `${name} ${value}`));
  return [by, what, ...on].join("  ");
}
