// How each grant is used, for the user who looks: calls, when last and from where, what they should know. Counted from the audit log,
// each event once, when somebody looks or the alarm rings: a call costs no extra row for it. Methods run inside the ledger's
// transaction.

import * as z from "zod";
import type { Notice } from "../gate/event.ts";
import type { ClientId, GrantId } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import type { Where } from "../gate/where.ts";

export interface Connection {
  readonly grant: GrantId;
  readonly client: ClientId;
  /** As they were given; the catalogue may have changed since. */
  readonly scopes: readonly Scope[];
  readonly opened: number;
  readonly expires: number;
  /** Calls that were let through. */
  readonly calls: number;
  readonly last: { readonly at: number; readonly where: Where } | null;
  readonly notices: readonly Notice[];
}

/** A grant that was ended because an old refresh token of it came back. */
export interface Stolen {
  readonly grant: GrantId;
  readonly client: ClientId;
  readonly at: number;
}

const MOST = 100;
/** How long a theft is shown. */
const SHOWN_MS = 7 * 86_400_000;

type Row = {
  id: GrantId;
  client: ClientId;
  opened: number;
  expires: number;
  scopes: string | null;
  calls: number | null;
  seen: number | null;
  place: string | null;
  notices: string | null;
};

// What this file itself wrote, out of events of ours.
const TEXTS = z.array(z.string());
const PLACE = z.object({ country: z.string(), asn: z.number(), agent: z.string() });
const NOTICES = z.array(z.enum(["refresh-token-reuse", "new-country", "grant-can-write"]));

export class Usage {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Reads what was appended since it last did. */
  catchUp(): void {
    const { to } = this.#sql.exec<{ to: number | null }>("SELECT max(seq) AS 'to' FROM event").one();
    const from = this.#sql.exec<{ seq: number }>("SELECT seq FROM counted").toArray()[0]?.seq ?? 0;
    if (to === null || to <= from) return;
    const since = (kind: string) => `FROM event WHERE seq > ? AND seq <= ? AND body ->> 'kind' = '${kind}'`;
    this.#sql.exec(
      `INSERT INTO usage (grant_, scopes) SELECT body ->> 'grant', body -> 'scopes' ${since("grant-opened")}
       ON CONFLICT (grant_) DO UPDATE SET scopes = excluded.scopes`,
      from,
      to,
    );
    // SQLite takes the place from the row that has the greatest time.
    this.#sql.exec(
      `INSERT INTO usage (grant_, calls, seen, place)
       SELECT body ->> 'grant', count(*), max(at), body -> 'where' ${since("admission")} GROUP BY 1
       ON CONFLICT (grant_) DO UPDATE SET calls = calls + excluded.calls, seen = excluded.seen, place = excluded.place`,
      from,
      to,
    );
    this.#sql.exec(
      `INSERT INTO noticed (grant_, what, at) SELECT body ->> 'grant', body ->> 'what', max(at) ${since("notice")} GROUP BY 1, 2
       ON CONFLICT (grant_, what) DO UPDATE SET at = excluded.at`,
      from,
      to,
    );
    this.#sql.exec("INSERT OR REPLACE INTO counted (id, seq) VALUES (1, ?)", to);
  }

  /** What is connected now, and what was ended lately because its token was stolen. */
  connections(now: number): { readonly alive: readonly Connection[]; readonly stolen: readonly Stolen[] } {
    this.catchUp();
    return { alive: this.#alive(now), stolen: this.#stolen(now - SHOWN_MS) };
  }

  /** Newest first. */
  #alive(now: number): readonly Connection[] {
    const rows = this.#sql.exec<Row>(
      `SELECT grant_.id, client, opened, expires, scopes, calls, seen, place,
         (SELECT json_group_array(what) FROM noticed WHERE noticed.grant_ = grant_.id) AS notices
       FROM grant_ LEFT JOIN usage ON usage.grant_ = grant_.id
       WHERE ended IS NULL AND expires > ? ORDER BY opened DESC, grant_.id LIMIT ?`,
      now,
      MOST,
    );
    return rows.toArray().map(({ id, scopes, calls, seen, place, notices, ...row }) => ({
      grant: id,
      client: row.client,
      scopes: TEXTS.parse(JSON.parse(scopes ?? "[]")),
      opened: row.opened,
      expires: row.expires,
      calls: calls ?? 0,
      last: seen === null || place === null ? null : { at: seen, where: PLACE.parse(JSON.parse(place)) },
      notices: NOTICES.parse(JSON.parse(notices ?? "[]")),
    }));
  }

  #stolen(since: number): readonly Stolen[] {
    const query = `SELECT grant_ AS "grant", client, at FROM noticed JOIN grant_ ON grant_.id = noticed.grant_
      WHERE what = 'refresh-token-reuse' AND at > ? ORDER BY at DESC LIMIT 10`;
    return this.#sql.exec<{ grant: GrantId; client: ClientId; at: number }>(query, since).toArray();
  }

  /** The user is erased, so their places are deleted. What was counted is not counted again. */
  erase(): void {
    this.catchUp();
    this.#sql.exec("DELETE FROM usage");
    this.#sql.exec("DELETE FROM noticed");
  }
}
