// How clients are connected: what more than one part has to do when a grant begins, is refreshed, or ends. Every function runs
// inside the ledger's transaction.

import type { Consent } from "../gate/event.ts";
import type { GrantId } from "../gate/principal.ts";
import type { Presented, Refresh, RefreshStart, Rotated } from "./families.ts";
import type { OpenGrant } from "./grants.ts";
import type { Parts } from "./parts.ts";
import { decideSwitches, type SwitchDenial, type Switches } from "./switches.ts";

/**
 * The user allowed a client something, or declined what was left of it. What a switch stops is not written down.
 * @param id the consent's hash; "used" when it was decided before
 */
export function consent(
  { browsers, chain, subject }: Parts,
  id: string,
  event: Consent,
  switches: Switches,
  now: number,
): SwitchDenial["reason"] | "used" | undefined {
  if (!browsers.spend(id, now)) return "used";
  const about = { subject, client: event.client, grant: "" };
  const stopped = event.granted.length === 0 ? undefined : decideSwitches(switches, about);
  if (stopped === undefined) chain.append(now, event);
  return stopped?.reason;
}

/** Which earlier grants ended with it, or why there is none. */
export type Opened =
  | { readonly replaced: readonly GrantId[] }
  | { readonly refused: SwitchDenial["reason"] | "code-replayed" };

/** A code is redeemed, and its grant lives from here on: once. Opened twice, the code was redeemed twice, and it is over. */
export function openGrant(parts: Parts, opened: OpenGrant, switches: Switches, now: number): Opened {
  const { chain, grants, families, notices, subject } = parts;
  const { grant, client, scopes, redeemed } = opened;
  if (grants.clientOf(grant) !== undefined) {
    grants.end(grant, "code-replayed", now);
    return { refused: "code-replayed" };
  }
  const stopped = decideSwitches(switches, { subject, client, grant });
  if (stopped !== undefined) return { refused: stopped.reason };
  const replaced = grants.open(opened, now);
  if (opened.canWrite) notices.add("grant-can-write", grant, now);
  if (redeemed !== undefined) {
    families.open(grant, redeemed.code, redeemed.token, now);
    chain.append(now, { kind: "token", client, grant, how: "issued", scopes });
  }
  return { replaced };
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

/** False: the grant was ended meanwhile, and the tokens that the library made are not to leave. */
export function finishRefresh(
  { chain, grants, families }: Parts,
  refresh: Refresh,
  rotated: Rotated | null,
  now: number,
): boolean {
  const { grant } = refresh;
  const client = grants.lives(grant, now) ? grants.clientOf(grant) : undefined;
  families.finish(refresh, client === undefined ? null : rotated, now);
  if (client === undefined || rotated === null) return client !== undefined;
  chain.append(now, { kind: "token", client, grant, how: "refreshed", scopes: rotated.scopes });
  return true;
}

export function libraryLags({ grants, families }: Parts, grant: GrantId, client: string, now: number): boolean {
  if (!grants.lives(grant, now) || grants.clientOf(grant) !== client) return false;
  if (families.libraryLags(grant, now)) return true;
  grants.end(grant, "revoked", now);
  return false;
}

export function revokeByCode({ families, grants }: Parts, grant: GrantId, code: string, now: number): boolean {
  const redeemed = families.redeemed(grant, code);
  if (redeemed) grants.end(grant, "code-replayed", now);
  return redeemed;
}

/** @param refreshToken has to be, or have been, one of the grant's; null: proven */
export function revokeFor(
  { families, grants }: Parts,
  client: string,
  grant: GrantId,
  refreshToken: Presented | null,
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
