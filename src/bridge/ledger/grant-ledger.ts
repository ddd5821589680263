// The part of a ledger's interface that knows of grants, refresh tokens and sessions: what lives, and how it ends. Called by
// the authorization server and by the McpAgent lane.

import type { Cause, GrantEnd, PersonEvent } from "../gate/event.ts";
import type { GrantId } from "../gate/principal.ts";
import { LedgerBase } from "./base.ts";
import type { Refresh, RefreshStart } from "./families.ts";
import type { OpenGrant } from "./grants.ts";

export class GrantLedger extends LedgerBase {
  /** Writes down what happened to the person outside of calls: sign-ins, consents, tokens. */
  async record(event: PersonEvent): Promise<void> {
    this.write((now) => this.parts.chain.append(now, event));
  }

  /** A grant lives from here on. Opened twice, its code was redeemed twice at once, and it is over. */
  async openGrant(grant: OpenGrant): Promise<void> {
    this.write((now) => {
      const { grants, families, notices } = this.parts;
      if (!grants.open(grant, now)) {
        grants.end(grant.grant, "code-replayed", now);
        return;
      }
      if (grant.code !== undefined) families.expect(grant.grant, grant.code, now);
      if (grant.canWrite) notices.add("grant-can-write", grant.grant, now);
    });
  }

  /** Whether a grant is alive, and how often it was refreshed; null when it is over. */
  async grantStep(grant: GrantId): Promise<number | null> {
    return this.parts.grants.lives(grant, this.clock()) ? this.parts.families.step(grant) : null;
  }

  /** The first refresh token of a grant (its hash, and that of the code it was given for). */
  async openFamily(grant: GrantId, token: string, code: string): Promise<void> {
    this.write((now) => this.parts.families.open(grant, token, code, now));
  }

  /** What to do with a refresh token that was presented. Who races with another waits for its answer. */
  async startRefresh(refresh: Refresh): Promise<RefreshStart> {
    for (;;) {
      const start = this.write((now): RefreshStart | { readonly wait: Promise<void> } => {
        if (!this.parts.grants.lives(refresh.grant, now)) return { go: "unknown" };
        const found = this.parts.families.start(refresh, now);
        if ("go" in found && found.go === "reuse") {
          this.parts.grants.end(refresh.grant, "reuse", now);
          this.parts.notices.add("refresh-token-reuse", refresh.grant, now);
        }
        return found;
      });
      if ("go" in start) return start;
      await start.wait;
    }
  }

  /** The library has rotated (told before the answer leaves), or the refresh came to nothing. */
  async finishRefresh(
    refresh: Refresh,
    rotated: { readonly next: string; readonly answer: string } | null,
  ): Promise<void> {
    this.write((now) => {
      if (rotated === null) this.parts.families.release(refresh.grant);
      else this.parts.families.rotate(refresh, rotated.next, rotated.answer, now);
    });
  }

  /**
   * The library does not know the current refresh token of this grant. True: its storage may be behind. Later than that its record
   * is gone, as a revocation that stopped halfway can leave it, and the grant is over here too.
   */
  async libraryLags(grant: GrantId, client: string): Promise<boolean> {
    return this.write((now) => {
      const { grants, families } = this.parts;
      if (!grants.lives(grant, now) || grants.clientOf(grant) !== client) return false;
      if (families.libraryLags(grant, now)) return true;
      grants.end(grant, "revoked", now);
      return false;
    });
  }

  /** Ends the grant if this code (its hash) was redeemed before. */
  async revokeByCode(grant: GrantId, code: string): Promise<boolean> {
    return this.write((now) => {
      const { families, grants } = this.parts;
      return families.redeemed(grant, code) && grants.end(grant, "code-replayed", now) > 0;
    });
  }

  /** RFC 7009, for the client of the grant. `refreshToken` (its hash) has to be, or have been, one of the grant's; null: proven. */
  async revokeFor(
    client: string,
    grant: GrantId,
    refreshToken: string | null,
  ): Promise<"ended" | "unknown" | "not-yours"> {
    return this.write((now) => {
      const { families, grants } = this.parts;
      if (refreshToken !== null && !families.knows(grant, refreshToken)) return "unknown";
      if (grants.clientOf(grant) !== client) return "not-yours";
      grants.end(grant, "revoked", now);
      return "ended";
    });
  }

  /** Ends a grant, or every grant of this person. After this returns, each later request of it is refused. */
  async revoke(grant: GrantId | "all", why: GrantEnd = "revoked"): Promise<number> {
    return this.write((now) => this.parts.grants.end(grant, why, now));
  }

  /** Lists a session as live. Beyond the limit the one unused for longest ends. `showsLinks`: its client elicits URLs. */
  async openSession(
    session: string,
    { client, grant, showsLinks = false }: Pick<Cause, "client" | "grant"> & { readonly showsLinks?: boolean },
  ): Promise<void> {
    this.write((now) => {
      this.parts.chain.append(now, {
        kind: "session-opened",
        client,
        grant,
        session: this.parts.chain.keyed(session),
      });
      for (const displaced of this.parts.sessions.open(session, client, showsLinks, now))
        this.sessionEnded(displaced, "displaced", now);
    });
  }

  /** The client closed its session; the lane empties the object itself. */
  async endSession(session: string): Promise<void> {
    this.write((now) => {
      if (this.parts.sessions.end(session)) this.sessionEnded(session, "closed", now);
    });
  }
}
