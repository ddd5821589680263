// The grants of a user, as an allow-list: one that is not on it, or whose time is over, is dead, whatever KV still says.
// Methods run inside the ledger's transaction.

import type { GrantEnd } from "../gate/event.ts";
import type { ClientId, GrantId } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import type { Chain } from "./chain.ts";

export interface OpenGrant {
  readonly grant: GrantId;
  readonly client: ClientId;
  readonly scopes: readonly Scope[];
  /** Whether a scope of it opens a tool that changes something. */
  readonly canWrite: boolean;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Without it nothing can be refreshed. */
  readonly redeemed?: {
    /** SHA-256 of the code: one that comes back ends the grant, from its first moment on. */
    readonly code: string;
    /** The first refresh token, as the library's storage names it. */
    readonly token: string;
  };
}

export class Grants {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  readonly #ended: (grant: GrantId, now: number) => void;

  /** @param ended what else is over with a grant */
  constructor(sql: SqlStorage, chain: Chain, ended: (grant: GrantId, now: number) => void) {
    this.#sql = sql;
    this.#chain = chain;
    this.#ended = ended;
  }

  /** An earlier grant of the same registered client ends, as the OAuth library ends it: which ones. */
  open({ grant, client, scopes, expires }: OpenGrant, now: number): readonly GrantId[] {
    // A client id that is a URL is shared by every installation, so another installation's grant lives on.
    const shared = client.startsWith("https://");
    const replaced = shared ? [] : this.#endWhere("client = ?", client, "replaced", now);
    this.#sql.exec("INSERT INTO grant_ (id, client, opened, expires) VALUES (?, ?, ?, ?)", grant, client, now, expires);
    this.#chain.append(now, { kind: "grant-opened", client, grant, scopes });
    return replaced;
  }

  /** Whose it is, or was. */
  clientOf(grant: GrantId): ClientId | undefined {
    const rows = this.#sql.exec<{ client: ClientId }>("SELECT client FROM grant_ WHERE id = ?", grant).toArray();
    return rows[0]?.client;
  }

  lives(grant: GrantId, now: number): boolean {
    const row = this.#sql
      .exec<{ expires: number; ended: number | null }>("SELECT expires, ended FROM grant_ WHERE id = ?", grant)
      .toArray()[0];
    return row !== undefined && row.ended === null && row.expires > now;
  }

  /** How many ended. */
  end(grant: GrantId | "all", why: GrantEnd, now: number): number {
    const [condition, value] = grant === "all" ? ["? = id OR true", ""] : ["id = ?", grant];
    return this.#endWhere(condition, value, why, now).length;
  }

  #endWhere(condition: string, value: string, why: GrantEnd, now: number): readonly GrantId[] {
    const rows = this.#sql
      .exec<{ id: GrantId }>(
        `UPDATE grant_ SET ended = ?2 WHERE ended IS NULL AND (${condition.replace("?", "?1")}) RETURNING id`,
        value,
        now,
      )
      .toArray();
    for (const { id } of rows) {
      // Its tokens are worth nothing any more; what was kept to answer them again goes too.
      this.#sql.exec("UPDATE family SET answer = NULL WHERE grant_ = ?", id);
      this.#chain.append(now, { kind: "grant-ended", grant: id, why });
      this.#ended(id, now);
    }
    return rows.map(({ id }) => id);
  }
}
