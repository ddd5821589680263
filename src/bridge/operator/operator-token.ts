// An operator token: 256 random bits whose hash, end and purpose `npm run guard` or `npm run audit:…` put into D1 with the
// operator's own Cloudflare credentials. Nothing in the Worker can make one. An operator token for reading serves for its five
// minutes; one for an act names that act and serves once.

import { sha256 } from "../seal.ts";

export const OPERATOR_TOKEN_MS = 5 * 60_000;
/** The clock of the operator's computer may be ahead of ours by this much. */
const SKEW_MS = 60_000;

/** "read", or the one act that the operator token is for, such as `erase dbr1_…`. */
export type Purpose = "read" | `${"revoke" | "erase"} ${string}`;

export interface OperatorToken {
  readonly hash: string;
  readonly may: string;
}

/** What is stored of an operator token. */
export async function hashToken(token: string): Promise<string> {
  return sha256(token);
}

/** What is stored of the operator token that a request shows; undefined for what does not look like one, which costs no query. */
export async function shownToken(request: Request): Promise<string | undefined> {
  const [, token] = /^Bearer (dbop_[\w-]{43})$/.exec(request.headers.get("authorization") ?? "") ?? [];
  return token === undefined ? undefined : hashToken(token);
}

/** Passes that were found here, and until when they are remembered. It spares them the limit of look-ups, not the look-up. */
const found = new Map<string, number>();

export function wasFound(hash: string, now: number): boolean {
  return (found.get(hash) ?? 0) > now;
}

export async function loadToken(hash: string, DB: D1Database, now: number): Promise<OperatorToken | undefined> {
  // A row that ends too late was not made by our own commands.
  const row = await DB.prepare("SELECT hash, may FROM operator_pass WHERE hash = ?1 AND expires > ?2 AND expires <= ?3")
    .bind(hash, now, now + OPERATOR_TOKEN_MS + SKEW_MS)
    .first<OperatorToken>();
  if (row === null) return undefined;
  for (const [old, until] of found) if (until <= now) found.delete(old);
  found.set(hash, now + OPERATOR_TOKEN_MS);
  return row;
}

/** True exactly once for an operator token. */
export async function spendToken({ hash }: OperatorToken, DB: D1Database): Promise<boolean> {
  const spent = await DB.prepare("DELETE FROM operator_pass WHERE hash = ?1 RETURNING hash").bind(hash).first();
  return spent !== null;
}
