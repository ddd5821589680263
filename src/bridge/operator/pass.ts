// An operator's pass: 256 random bits whose hash, end and purpose `npm run guard` or `npm run audit:…` put into D1 with the
// operator's own Cloudflare credentials. Nothing in the Worker can make one. A pass for reading serves for its five
// minutes; one for an act names that act and serves once.

import { sha256 } from "../seal.ts";

export const PASS_MS = 5 * 60_000;
/** The clock of the operator's computer may be ahead of ours by this much. */
const SKEW_MS = 60_000;

/** "read", or the one act that the pass is for, such as `erase dbr1_…`. */
export type Purpose = "read" | `${"revoke" | "erase"} ${string}`;

export interface Pass {
  readonly hash: string;
  readonly may: string;
}

/** What is stored of a pass. */
export async function hashPass(pass: string): Promise<string> {
  return sha256(pass);
}

/** What is stored of the pass that a request shows; undefined for what does not look like one, which costs no query. */
export async function shownPass(request: Request): Promise<string | undefined> {
  const [, pass] = /^Bearer (dbop_[\w-]{43})$/.exec(request.headers.get("authorization") ?? "") ?? [];
  return pass === undefined ? undefined : hashPass(pass);
}

/** Passes that were found here, and until when they are remembered. It spares them the limit of look-ups, not the look-up. */
const found = new Map<string, number>();

export function wasFound(hash: string, now: number): boolean {
  return (found.get(hash) ?? 0) > now;
}

export async function loadPass(hash: string, DB: D1Database, now: number): Promise<Pass | undefined> {
  // A row that ends too late was not made by our own commands.
  const row = await DB.prepare("SELECT hash, may FROM operator_pass WHERE hash = ?1 AND expires > ?2 AND expires <= ?3")
    .bind(hash, now, now + PASS_MS + SKEW_MS)
    .first<Pass>();
  if (row === null) return undefined;
  for (const [old, until] of found) if (until <= now) found.delete(old);
  found.set(hash, now + PASS_MS);
  return row;
}

/** True exactly once for a pass. */
export async function spendPass({ hash }: Pass, DB: D1Database): Promise<boolean> {
  const spent = await DB.prepare("DELETE FROM operator_pass WHERE hash = ?1 RETURNING hash").bind(hash).first();
  return spent !== null;
}
