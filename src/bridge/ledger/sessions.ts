// The list of a subject's live sessions (session transport). A session that is not on it does not exist, whatever its object
// still holds; the object of one that ended by itself is emptied from here. Without that transport it stays empty.

import * as z from "zod";
import type { Cause, SessionEnd } from "../gate/event.ts";
import type { ClientId } from "../gate/principal.ts";
import type { Chain } from "./chain.ts";
import { type Namespace, placed } from "./place.ts";

/** Live sessions of one client, and of all clients of the user. */
const MAX_OF_CLIENT = 20;
const MAX_SESSIONS = 100;
const SESSION_AGE_MS = 8 * 60 * 60_000;
const SESSION_IDLE_MS = 30 * 60_000;
/** `seen` is written at most this often, so that a call costs no extra row. */
const TOUCH_MS = 60_000;

/** What the ledger needs of a session object: to be emptied. */
interface SessionNamespace extends Namespace<SessionNamespace> {
  getByName(name: string): { end(): Promise<void> };
}
const NAMESPACE = z.object({
  MCP_SESSIONS: z.custom<SessionNamespace>((value) => value !== undefined),
});

/** `showsLinks`: its client elicits URLs. */
export type OpenSession = Pick<Cause, "client" | "grant"> & { readonly showsLinks?: boolean };
type Row = { id: string; client: string; opened: number; seen: number };

export class Sessions {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  /** Undefined when it has to be looked up. Too early is fine: the alarm looks again. */
  #due: number | undefined;

  constructor(sql: SqlStorage, chain: Chain) {
    this.#sql = sql;
    this.#chain = chain;
  }

  /** Sessions beyond the limit end. */
  open(id: string, { client, grant, showsLinks = false }: OpenSession, now: number): void {
    this.#due = undefined;
    this.#chain.append(now, { kind: "session-opened", client, grant, session: this.#chain.keyed(id) });
    this.#sql.exec("INSERT INTO session (id, client, opened, seen) VALUES (?, ?, ?, ?)", id, client, now, now);
    if (showsLinks) this.#sql.exec("INSERT INTO link_session (id) VALUES (?)", id);
    for (const old of this.#displaced(id, client)) this.#close(old, "displaced", now);
  }

  /**
   * A client that opens too many ends its own, the one unused for longest first. Only a client whose first session finds the house
   * full ends another's: one of the client that has the most.
   */
  #displaced(opened: string, client: ClientId): readonly string[] {
    const query = "SELECT id, client FROM session ORDER BY seen DESC, opened DESC, rowid DESC";
    const all = this.#sql.exec<Pick<Row, "id" | "client">>(query).toArray();
    const idsOf = (of: string) => all.flatMap((row) => (row.client === of ? row.id : []));
    const own = idsOf(client);
    const over = Math.max(own.length - MAX_OF_CLIENT, all.length - MAX_SESSIONS);
    if (over <= 0) return [];
    if (own.length > 1) return own.filter((id) => id !== opened).slice(-over);
    const others = Object.entries(Object.groupBy(all, (row) => row.client)).map(([, rows = []]) => rows);
    const most = others.toSorted((one, other) => other.length - one.length)[0] ?? [];
    return most.slice(-over).map((row) => row.id);
  }

  /** Whether the session is live and this client's; marks it as used. */
  touch(id: string, client: ClientId, now: number): boolean {
    const row = this.#sql.exec<Row>("SELECT * FROM session WHERE id = ? AND client = ?", id, client).toArray()[0];
    if (row === undefined || ended(row, now) !== undefined) return false;
    if (row.seen <= now - TOUCH_MS) this.#sql.exec("UPDATE session SET seen = ? WHERE id = ?", now, id);
    return true;
  }

  /** Whether the session's client said that it shows links to its user. */
  showsLinks(id: string | null): boolean {
    return id !== null && this.#sql.exec("SELECT 1 FROM link_session WHERE id = ?", id).toArray().length > 0;
  }

  /** The client ended it, and its object is emptied by the transport. */
  end(id: string, now: number): void {
    if (this.#delete(id)) this.#ended(id, "closed", now);
  }

  endAll(now: number): void {
    for (const { id } of this.#all()) this.#close(id, "erased", now);
  }

  /** Takes idle and aged sessions off the list. */
  expire(now: number): void {
    this.#due = undefined;
    for (const row of this.#all()) {
      const why = ended(row, now);
      if (why !== undefined) this.#close(row.id, why, now);
    }
  }

  /** When the next session ends by itself, or now when an object waits to be emptied; Infinity when there is nothing. */
  due(): number {
    this.#due ??= this.#readDue();
    return this.#due;
  }

  #readDue(): number {
    // An alarm time of 0 is refused; 1 is as long past.
    if (this.#sql.exec("SELECT id FROM closing LIMIT 1").toArray().length > 0) return 1;
    const { at } = this.#sql
      .exec<{ at: number | null }>(
        "SELECT min(min(opened + ?, seen + ?)) AS at FROM session",
        SESSION_AGE_MS,
        SESSION_IDLE_MS,
      )
      .one();
    return at ?? Number.POSITIVE_INFINITY;
  }

  /** Empties the objects of sessions that were taken off the list. @throws when one could not be; the others are. */
  async empty(env: object): Promise<void> {
    const closing = this.#sql.exec<{ id: string }>("SELECT id FROM closing").toArray();
    const namespace = NAMESPACE.safeParse(env);
    const emptied = closing.map(async ({ id }) => {
      if (namespace.success) await placed(namespace.data.MCP_SESSIONS, env).getByName(sessionObject(id)).end();
      this.#sql.exec("DELETE FROM closing WHERE id = ?", id);
      this.#due = undefined;
    });
    const failed = (await Promise.allSettled(emptied)).find(({ status }) => status === "rejected");
    if (failed !== undefined) throw new Error("a session's object could not be emptied");
  }

  #all(): readonly Row[] {
    return this.#sql.exec<Row>("SELECT * FROM session").toArray();
  }

  #close(id: string, why: SessionEnd, now: number): void {
    this.#delete(id);
    this.#sql.exec("INSERT INTO closing (id) VALUES (?)", id);
    this.#ended(id, why, now);
  }

  #ended(id: string, why: SessionEnd, now: number): void {
    this.#chain.append(now, { kind: "session-ended", session: this.#chain.keyed(id), why });
  }

  #delete(id: string): boolean {
    this.#due = undefined;
    this.#sql.exec("DELETE FROM link_session WHERE id = ?", id);
    return this.#sql.exec("DELETE FROM session WHERE id = ? RETURNING id", id).toArray().length > 0;
  }
}

/** The name under which the session transport addresses a session's object. */
export function sessionObject(id: string): string {
  return `streamable-http:${id}`;
}

function ended(row: Row, now: number): "idle" | "aged" | undefined {
  if (row.opened + SESSION_AGE_MS <= now) return "aged";
  return row.seen + SESSION_IDLE_MS <= now ? "idle" : undefined;
}
