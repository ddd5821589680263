// One subject's ledger: the object that others call, and nothing more. What it does is in its parts (parts.ts); calls.ts and
// connections.ts are what takes several of them. Addressed by the subject of a verified token and by nothing a caller can choose.
// A Durable Object: what a method returned is durable (output gate), and writes never interleave.

import { DurableObject } from "cloudflare:workers";
import type { Consent, GrantEnd } from "../gate/event.ts";
import type { Admission, DenialRecord, LedgerPort, RunOutcome, Standing } from "../gate/ledger-port.ts";
import type { ClientId, GrantId } from "../gate/principal.ts";
import type { SettingsResult } from "../settings.ts";
import { Alarm } from "./alarm.ts";
import type { Browser } from "./browsers.ts";
import * as calls from "./calls.ts";
import { allChores, type MakeChore } from "./chores.ts";
import * as connections from "./connections.ts";
import { type Write, writeInto } from "./database.ts";
import type { Presented, Refresh, RefreshStart, Rotated } from "./families.ts";
import type { OpenGrant } from "./grants.ts";
import { createParts, forget, type Parts, pruneWith } from "./parts.ts";
import { upgrade } from "./schema.ts";
import type { OpenSession } from "./sessions.ts";
import type { Switches } from "./switches.ts";

/** What a ledger is made over: the app's settings, and what parts of the bridge have it do by itself. */
export interface LedgerPlan {
  readonly load: (env: object) => SettingsResult;
  readonly chores: readonly MakeChore[];
}

/** The class that an entry exports: this ledger, made over an app. */
export function ledgerOver(plan: LedgerPlan) {
  return class extends Ledger {
    constructor(ctx: DurableObjectState, env: object) {
      super(ctx, env, plan);
    }
  };
}

// What is not to be called from outside is a field or private: every other method can be, whatever TypeScript says of it.
export class Ledger extends DurableObject<object> implements LedgerPort {
  readonly #parts: Parts;
  readonly #alarm: Alarm;
  readonly #write: Write;
  /** Tests move it. */
  clock: () => number = () => Date.now();

  constructor(ctx: DurableObjectState, env: object, { load, chores }: LedgerPlan) {
    super(ctx, env);
    const subject = ctx.id.name ?? ctx.id.toString();
    const { sql } = ctx.storage;
    upgrade(ctx.storage);
    const clock = () => this.clock();
    const parts = createParts(sql, env, () => load(env), subject);
    const write = writeInto(ctx.storage, { clock, forget: () => forget(parts), done: () => this.#alarm.set() });
    const tools = { ...parts, sql, env, write, prune: pruneWith(parts, write) };
    this.#alarm = new Alarm(ctx.storage, subject, clock, allChores(parts, tools, chores));
    this.#parts = parts;
    this.#write = write;
    void ctx.blockConcurrencyWhile(() => this.#alarm.load());
  }

  override alarm(): Promise<void> {
    return this.#alarm.ring();
  }

  // Calls: what the gate and the run ask. Nothing runs without the answer of `admit`.

  async admit(admission: Admission) {
    return this.#decide(admission.request, (...state) => calls.admit(this.#parts, admission, ...state));
  }

  async deny(record: DenialRecord) {
    return this.#decide(record.request, (...state) => calls.deny(this.#parts, record, ...state));
  }

  async standing(request: Standing) {
    return this.#decide(request.request, (...state) => calls.standing(this.#parts, request, ...state));
  }

  /** The first outcome of an admission stands; any other is dropped. */
  async recordOutcomes(outcomes: readonly RunOutcome[]): Promise<void> {
    this.#write((now) => this.#parts.pending.close(outcomes, now));
  }

  /** For this while whatever this user's clients ask for may be the doing of text that others wrote. */
  async taint(client: ClientId): Promise<void> {
    this.#write((now) => this.#parts.taint.set(client, now));
  }

  // Grants, refresh tokens, sessions: what lives, and how it ends. Called by the authorization server and the session transport.

  /** Writes a consent down, or says which switch stops it: read anew, because a page of ours tells the user. */
  async consent(id: string, event: Consent) {
    const switches = await this.#parts.switches.readAnew(this.clock());
    return this.#write((now) => connections.consent(this.#parts, id, event, switches, now));
  }

  /** A code is redeemed, once: the grant lives from here on, and its first token is on record. */
  async openGrant(grant: OpenGrant) {
    const switches = await this.#parts.switches.known(this.clock());
    return this.#write((now) => connections.openGrant(this.#parts, grant, switches, now));
  }

  /** What to do with a refresh token that was presented. Who races with another waits for its answer. */
  async startRefresh(refresh: Refresh): Promise<RefreshStart> {
    for (;;) {
      const start = this.#write((now) => connections.startRefresh(this.#parts, refresh, now));
      if ("go" in start) return start;
      await start.wait;
    }
  }

  /** The library has rotated (told before the answer leaves), or, with null, nothing came of it. False: the grant is over. */
  async finishRefresh(refresh: Refresh, rotated: Rotated | null) {
    return this.#write((now) => connections.finishRefresh(this.#parts, refresh, rotated, now));
  }

  /**
   * The library does not know the current refresh token of this grant. True: its storage may be behind. Later than that its record
   * is gone, as a revocation that stopped halfway can leave it, and the grant is over here too.
   */
  async libraryLags(grant: GrantId, client: string): Promise<boolean> {
    return this.#write((now) => connections.libraryLags(this.#parts, grant, client, now));
  }

  /** Ends the grant if this code (its hash) was redeemed before, and says whether it was. */
  async revokeByCode(grant: GrantId, code: string): Promise<boolean> {
    return this.#write((now) => connections.revokeByCode(this.#parts, grant, code, now));
  }

  /** RFC 7009, for the client of the grant. */
  async revokeFor(client: string, grant: GrantId, refreshToken: Presented | null) {
    return this.#write((now) => connections.revokeFor(this.#parts, client, grant, refreshToken, now));
  }

  /** Ends a grant, or every grant of this user: how many. After this returns, each later request of it is denied. */
  async revoke(grant: GrantId | "all", why: GrantEnd = "revoked"): Promise<number> {
    return this.#write((now) => this.#parts.grants.end(grant, why, now));
  }

  /** Lists a session as live. Beyond the limit the one unused for longest ends. */
  async openSession(session: string, opened: OpenSession): Promise<void> {
    this.#write((now) => this.#parts.sessions.open(session, opened, now));
  }

  /** The client closed its session; the transport empties the object itself. */
  async endSession(session: string): Promise<void> {
    this.#write((now) => this.#parts.sessions.end(session, now));
  }

  // Pages, for anyone who is signed in there. They come here by that user's subject, so nobody decides, or sees, what is another's.

  async approval(id: string) {
    return this.#parts.approvals.get(id, this.clock());
  }

  /** The last fifty, newest first. */
  async approvals() {
    return this.#parts.approvals.list(this.clock());
  }

  async decideApproval(id: string, yes: boolean, signedInAt: number, version: string | null = null) {
    const decision = { id, yes, signedInAt, version };
    return this.#decide("", (...state) => calls.decideApproval(this.#parts, decision, ...state));
  }

  /** Once for an id; "used" when this sign-in opened a session before. */
  async openBrowserSession(id: string, browser: Browser): Promise<"opened" | "used" | "frozen"> {
    if (await this.#frozen()) return "frozen";
    return this.#write((now) => (this.#parts.browsers.open(id, browser, now) ? "opened" : "used"));
  }

  /** Whether a page may be shown. Freezing a user ends all of their sessions. */
  async browserSession(id: string): Promise<boolean> {
    if (await this.#frozen()) this.#write((now) => this.#parts.browsers.end("all", now));
    return this.#parts.browsers.lives(id, this.clock());
  }

  /** Ends one session, or all that were opened before now. */
  async endBrowserSessions(id: string | "all", browser: Browser): Promise<void> {
    this.#write((now) => this.#parts.browsers.signOut(id, browser, now));
  }

  /** What is connected now, and what was ended lately because its token was stolen. */
  async connections() {
    return this.#write((now) => this.#parts.usage.connections(now));
  }

  // The audit log.

  /** Up to 1,000 entries after `after`, oldest first, with their hashes. */
  async events(after = 0, limit = 1000) {
    return this.#parts.chain.read(after, Math.min(limit, 1000));
  }

  /** Up to 1,000 entries with `seq < before`, newest first, with their hashes. */
  async eventsBefore(before: number, limit: number) {
    return this.#parts.chain.readBack(before, Math.min(limit, 1000));
  }

  /** Which entries are here, and which are in the archive. */
  async reach() {
    return this.#parts.chain.reach();
  }

  /** The head as it is now, signed (Ed25519): who keeps it can tell any later change of what it covers. */
  async signedHead() {
    return this.#parts.heads.sign(this.clock());
  }

  /** Freezes this user and ends everything of theirs. True while a call that was admitted before may still be running. */
  async startErasing(): Promise<boolean> {
    return this.#write((now) => connections.startErasing(this.#parts, now));
  }

  /** Destroys the key of their digests and thaws what is left. The chain stays, and still verifies. */
  async erase(): Promise<void> {
    this.#write((now) => connections.erase(this.#parts, now));
  }

  /** With the switches as they are, or undefined; `request` names who has to do without, in the log. */
  async #decide<T>(request: string, decide: (switches: Switches | undefined, now: number) => T): Promise<T> {
    const switches = await this.#parts.switches.current(this.clock(), request);
    return this.#write((now) => decide(switches, now));
  }

  #frozen(): Promise<boolean> {
    return this.#parts.switches.freezes(this.#parts.subject, this.clock());
  }
}
