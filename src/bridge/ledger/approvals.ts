// The approvals of a user: which calls wait for them, what they decided, and what became of it. An approval fits one grant, one
// tool and one keyed digest of arguments, and is used up by the call that it lets through. Methods run inside the ledger's
// transaction.

import { APPROVAL_MS, type Approval, type ApprovalState, needsApproval } from "../gate/approval.ts";
import type { ApprovalStep, Digest } from "../gate/event.ts";
import type { Admission, StateDenial } from "../gate/ledger-port.ts";
import type { ClientId, GrantId } from "../gate/principal.ts";
import type { Effect } from "../gate/rule.ts";
import { Asks } from "./asks.ts";
import type { Chain } from "./chain.ts";

const KEPT_MS = 30 * 24 * 60 * 60_000;
const LISTED = 50;

interface Row extends Record<string, SqlStorageValue> {
  readonly id: string;
  readonly client: ClientId;
  readonly grant_: GrantId;
  readonly tool: string;
  readonly effect: Effect;
  readonly args: string | null;
  readonly asked: number;
  readonly expires: number;
  readonly decided: number | null;
  readonly state: ApprovalState;
  readonly tainted: number;
  readonly where_: string;
}

/** A request that can still be decided, and what the rule does. */
export type Waiting = Approval & { readonly effect: Effect };

/** Which client of the user was handed untrusted text a short while ago: this one, or others only. */
export type TaintOf = "none" | "own" | "other";
/** As it is stored. */
const TAINTS = { none: 0, own: 1, other: 2 } as const;

export interface Claim {
  readonly digest: Digest;
  readonly taint: TaintOf;
  readonly showsLinks: boolean;
}

export class Approvals {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  readonly #asks: Asks;
  /** Undefined when it has to be looked up. */
  #due: number | undefined;

  constructor(sql: SqlStorage, chain: Chain) {
    this.#sql = sql;
    this.#chain = chain;
    this.#asks = new Asks(sql);
  }

  /**
   * Uses up the approval of this very call, or says why there is none; asks for one when nobody did. What was decided, or waits to
   * be, holds although the call would need nobody any more: a no, and a question, outlive the taint that they came from.
   */
  claim(
    admission: Admission,
    { digest, taint, showsLinks }: Claim,
    now: number,
  ): { readonly approval: string | null; readonly approved: string | null } | { readonly denial: StateDenial } {
    const { approval } = admission;
    const tainted = taint !== "none";
    if (approval.need === "never") return { approval: null, approved: null };
    const known = this.#known(admission, digest, now);
    if (known?.state === "refused") {
      return { denial: { reason: "approval-refused", retryAfter: Math.ceil((known.expires - now) / 1000) } };
    }
    if (known?.state === "approved") {
      this.#step(known, "used", now);
      return { approval: known.id, approved: known.version };
    }
    if (known === undefined && !needsApproval(approval.need, tainted)) return { approval: null, approved: null };
    this.expire(now);
    const refused = known === undefined ? this.#asks.tooMany(admission, now) : undefined;
    if (refused !== undefined) return { denial: refused };
    const { id, expires } = known ?? this.#add(admission, approval.ask, digest, taint, now);
    return { denial: { reason: "approval-required", id, expires, tainted, showsLinks } };
  }

  /** A yes, or a question, is for one grant. A no is for the client: a new grant does not open what was refused a moment ago. */
  #known({ client, grant, tool }: Admission, digest: Digest, now: number) {
    const query = `SELECT * FROM approval LEFT JOIN approved USING (id)
       WHERE client = ? AND tool = ? AND digest = ? AND expires > ?
       AND (state = 'refused' OR (grant_ = ? AND state IN ('waiting', 'approved')))
       ORDER BY state = 'refused' DESC, asked DESC LIMIT 1`;
    type Known = Row & { readonly version: string | null };
    return this.#sql.exec<Known>(query, client, tool, digest, now, grant).toArray()[0];
  }

  get(id: string, now: number): Approval | undefined {
    const row = this.#sql.exec<Row>("SELECT * FROM approval WHERE id = ?", id).toArray()[0];
    return row === undefined ? undefined : approvalOf(row, now);
  }

  /** Newest first. */
  list(now: number): readonly Approval[] {
    const rows = this.#sql.exec<Row>("SELECT * FROM approval ORDER BY asked DESC, rowid DESC LIMIT ?", LISTED);
    return rows.toArray().map((row) => approvalOf(row, now));
  }

  waiting(id: string, now: number): Waiting | undefined {
    const row = this.#sql
      .exec<Row>("SELECT * FROM approval WHERE id = ? AND state = 'waiting' AND expires > ?", id, now)
      .toArray()[0];
    return row === undefined ? undefined : { ...approvalOf(row, now), effect: row.effect };
  }

  /** From here on the arguments are gone, and the decision holds as long as the question did. */
  decide(id: string, state: "approved" | "refused", now: number, version: string | null = null): void {
    const row = this.#sql.exec<Row>("SELECT * FROM approval WHERE id = ? AND state = 'waiting'", id).one();
    this.#step(row, state, now);
    this.#sql.exec("UPDATE approval SET decided = ?, expires = ? WHERE id = ?", now, now + APPROVAL_MS, id);
    if (version !== null) this.#sql.exec("INSERT INTO approved (id, version) VALUES (?, ?)", id, version);
  }

  /** What waited, or was approved and never used, is over: its time, or its grant, has ended. */
  expire(now: number, grant?: GrantId): void {
    const rows = this.#sql
      .exec<Row>(
        "SELECT * FROM approval WHERE state IN ('waiting', 'approved') AND (expires <= ? OR grant_ = ?)",
        now,
        grant ?? null,
      )
      .toArray();
    for (const row of rows) this.#step(row, "expired", now);
    this.#sql.exec("DELETE FROM approval WHERE asked <= ?", now - KEPT_MS);
  }

  /** The user is erased, and who asked them for what goes with them. */
  erase(): void {
    this.#sql.exec("DELETE FROM approval; DELETE FROM approved");
    this.#due = undefined;
  }

  /** Memory may be wrong after a transaction that failed. */
  forget(): void {
    this.#due = undefined;
  }

  /** When the next one expires; Infinity when there is none. */
  due(): number {
    this.#due ??= this.#readDue();
    return this.#due;
  }

  #readDue(): number {
    const { at } = this.#sql
      .exec<{ at: number | null }>("SELECT min(expires) AS at FROM approval WHERE state IN ('waiting', 'approved')")
      .one();
    return at ?? Number.POSITIVE_INFINITY;
  }

  #add(
    { client, grant, tool, effect, where }: Admission,
    { id, args }: { readonly id: string; readonly args: string },
    digest: Digest,
    taint: TaintOf,
    now: number,
  ): { readonly id: string; readonly expires: number } {
    const expires = now + APPROVAL_MS;
    this.#sql.exec(
      `INSERT INTO approval (id, client, grant_, tool, effect, digest, args, asked, expires, state, tainted, where_)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)`,
      id,
      client,
      grant,
      tool,
      effect,
      digest,
      args,
      now,
      expires,
      TAINTS[taint],
      JSON.stringify(where),
    );
    this.#record({ id, tool, client, grant_: grant }, "asked", now);
    return { id, expires };
  }

  #step(row: Row, state: Exclude<ApprovalState, "waiting">, now: number): void {
    this.#sql.exec("UPDATE approval SET state = ?, args = NULL WHERE id = ?", state, row.id);
    this.#sql.exec("DELETE FROM approved WHERE id = ?", row.id);
    this.#record(row, state, now);
  }

  #record(
    { id, tool, client, grant_ }: Pick<Row, "id" | "tool" | "client" | "grant_">,
    step: ApprovalStep,
    now: number,
  ) {
    this.#due = undefined;
    this.#chain.append(now, {
      kind: "approval",
      approval: id,
      step,
      tool,
      client,
      grant: grant_,
    });
  }
}

/** As it is now, whether or not the alarm has come to it yet. */
function approvalOf(row: Row, now: number): Approval {
  const { id, client, tool, args, asked, expires, decided, state } = row;
  const over = expires <= now && (state === "waiting" || state === "approved");
  return {
    id,
    client,
    grant: row.grant_,
    tool,
    args: over ? null : args,
    asked,
    expires,
    decided,
    state: over ? "expired" : state,
    tainted: row.tainted !== TAINTS.none,
    ...(row.tainted === TAINTS.other ? { taintedElsewhere: true } : {}),
    where: JSON.parse(row.where_),
  };
}
