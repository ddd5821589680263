// How clients are connected: what more than one part has to do when a grant begins, is refreshed, or ends. Every function runs
// inside the ledger's transaction.

import type { GrantId } from "../gate/principal.ts";
import type { Refresh, RefreshStart } from "./families.ts";
import type { OpenGrant } from "./grants.ts";
import type { Parts } from "./parts.ts";

/** Opened twice, its code was redeemed twice at once, and it is over. */
export function openGrant({ grants, families, notices }: Parts, grant: OpenGrant, now: number): void {
  if (!grants.open(grant, now)) {
    grants.end(grant.grant, "code-replayed", now);
    return;
  }
  if (grant.code !== undefined) families.expect(grant.grant, grant.code, now);
  if (grant.canWrite) notices.add("grant-can-write", grant.grant, now);
}

export function startRefresh(
  { grants, families, notices }: Parts,
  refresh: Refresh,
  now: number,
): RefreshStart | { readonly wait: Promise<void> } {
  if (!grants.lives(refresh.grant, now)) return { go: "unknown" };
  const found = families.start(refresh, now);
  if ("go" in found && found.go === "reuse") {
    grants.end(refresh.grant, "reuse", now);
    notices.add("refresh-token-reuse", refresh.grant, now);
  }
  return found;
}

export function libraryLags({ grants, families }: Parts, grant: GrantId, client: string, now: number): boolean {
  if (!grants.lives(grant, now) || grants.clientOf(grant) !== client) return false;
  if (families.libraryLags(grant, now)) return true;
  grants.end(grant, "revoked", now);
  return false;
}

export function revokeByCode({ families, grants }: Parts, grant: GrantId, code: string, now: number): boolean {
  return families.redeemed(grant, code) && grants.end(grant, "code-replayed", now) > 0;
}

/** @param refreshToken has to be, or have been, one of the grant's; null: proven */
export function revokeFor(
  { families, grants }: Parts,
  client: string,
  grant: GrantId,
  refreshToken: string | null,
  now: number,
): "ended" | "unknown" | "not-yours" {
  if (refreshToken !== null && !families.knows(grant, refreshToken)) return "unknown";
  if (grants.clientOf(grant) !== client) return "not-yours";
  grants.end(grant, "revoked", now);
  return "ended";
}

/** Freezes the user and ends everything of theirs. True while a call that was admitted before may still be running. */
export function startErasing(parts: Parts, now: number): boolean {
  parts.erasure.begin(now);
  endEverything(parts, now);
  return parts.pending.any();
}

export function erase(parts: Parts, now: number): void {
  // A grant may have been opened since.
  endEverything(parts, now);
  parts.erasure.finish(now);
}

/** Every way in which the user is connected. */
function endEverything({ grants, sessions, approvals, browsers, usage }: Parts, now: number): void {
  grants.end("all", "erased", now);
  sessions.endAll(now);
  approvals.erase();
  browsers.end("all", now);
  usage.erase();
}
