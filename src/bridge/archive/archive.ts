// The archive: once an hour the audit log goes to R2 in closed segments, each with its signed head, and what was shipped leaves the
// ledger after RETENTION_DAYS. Without the ARCHIVE binding nothing is shipped, and ledger/retention.ts prunes. An entry
// that does not name it has none.

import * as z from "zod";
import type { Chain, Prune, SignedHead } from "../ledger/chain.ts";
import type { Chore, ChoreTools } from "../ledger/chores.ts";
import type { Heads } from "../ledger/heads.ts";
import type { Part } from "../request/part.ts";
import { fragment, variable } from "../setting.ts";
import { readFragment } from "../settings.ts";
import { segmentKey, segmentText } from "./segment.ts";

/** Of one segment, and of one alarm. */
const MOST_ENTRIES = 5_000;
const MOST_SEGMENTS = 10;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const RETENTION = fragment({
  RETENTION_DAYS: variable(
    z.coerce.number("is not a number").int("is not a whole number of days").min(1, "is less than a day").default(90),
    "how long the ledger keeps what is in the archive; 90 by default (docs/audit.md)",
  ),
});
const ENV = z.object({ ARCHIVE: z.custom<R2Bucket>((value) => value !== undefined) });
const HEAD = z.object({ subject: z.string(), at: z.int(), seq: z.int(), hash: z.string(), signature: z.string() });

interface Segment {
  readonly first: number;
  readonly head: SignedHead;
}
type Row = { first: number; last: number; head: string; newest: number; shipped: number };

/** What an alarm time depends on; read once, and again after each change. */
interface Plan {
  /** A segment was closed and is not known to have arrived. */
  readonly open: boolean;
  readonly last: number;
  /** When the last segment was closed; the time of the first event while there is none. */
  readonly at: number;
  /** The time of the newest event of the oldest segment that is still in the ledger. */
  readonly oldest: number | undefined;
}

function archiveChore({ sql, chain, heads, env, prune }: ChoreTools): Chore {
  const archive = new Archive(sql, chain, heads, env, prune);
  return { name: "archive", due: (now) => archive.due(now), run: (now) => archive.run(now), keeps: archive.keeps };
}

export const archive: Part = { name: "archive", settings: RETENTION, chore: archiveChore };

/** Something else stands under a segment's name. Nothing is shipped or pruned until somebody has looked. */
class SegmentConflict extends Error {
  override readonly name = "SegmentConflict";
}

class Archive {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  readonly #heads: Heads;
  readonly #pruneTo: Prune;
  /** Undefined: there is no archive, or its setting cannot be read, which the whole bridge says at start. */
  readonly #env: { readonly ARCHIVE: R2Bucket; readonly RETENTION_DAYS: number } | undefined;
  #plan: Plan | undefined;

  constructor(sql: SqlStorage, chain: Chain, heads: Heads, env: object, prune: Prune) {
    this.#sql = sql;
    this.#chain = chain;
    this.#heads = heads;
    this.#pruneTo = prune;
    const [bucket, read] = [ENV.safeParse(env), readFragment(RETENTION, env)];
    this.#env = bucket.success && "values" in read ? { ...bucket.data, ...read.values } : undefined;
  }

  get keeps(): boolean {
    return this.#env !== undefined;
  }

  due(now: number): number {
    if (this.#env === undefined) return Number.POSITIVE_INFINITY;
    this.#plan ??= this.#readPlan(now);
    const { open, last, at, oldest } = this.#plan;
    const waiting = this.#chain.head().seq - last;
    if (open || waiting >= MOST_ENTRIES) return 1;
    const pruned = oldest === undefined ? Number.POSITIVE_INFINITY : oldest + this.#env.RETENTION_DAYS * DAY_MS;
    return waiting > 0 ? Math.min(at + HOUR_MS, pruned) : pruned;
  }

  /** A segment is written down before it leaves, so that after a crash the very same one is sent again. */
  async run(now: number): Promise<void> {
    if (this.#env === undefined) return;
    const { ARCHIVE, RETENTION_DAYS } = this.#env;
    // First, so that a bucket that does not answer holds up nothing that it has already.
    this.#prune(now - RETENTION_DAYS * DAY_MS);
    for (let count = 0; count < MOST_SEGMENTS && this.due(now) <= now; count++) {
      const segment = this.#openSegment() ?? (await this.#close(now));
      if (segment === undefined) break;
      await this.#ship(ARCHIVE, segment);
      this.#sql.exec("UPDATE segment SET shipped = 1 WHERE first = ?", segment.first);
      this.#plan = undefined;
    }
  }

  #openSegment(): Segment | undefined {
    const row = this.#sql.exec<Row>("SELECT * FROM segment WHERE shipped = 0 ORDER BY first LIMIT 1").toArray()[0];
    return row === undefined ? undefined : { first: row.first, head: HEAD.parse(JSON.parse(row.head)) };
  }

  async #close(now: number): Promise<Segment | undefined> {
    const first = (this.#before()?.seq ?? 0) + 1;
    const last = this.#chain.read(first - 1, MOST_ENTRIES).at(-1);
    if (last === undefined) return undefined;
    const head = await this.#heads.sign(now, last);
    const insert = "INSERT INTO segment (first, last, head, newest, shipped) VALUES (?, ?, ?, ?, 0)";
    this.#sql.exec(insert, first, head.seq, JSON.stringify(head), last.at);
    this.#plan = undefined;
    return { first, head };
  }

  /** What is there already is never overwritten: it is this segment, or somebody else's doing. */
  async #ship(bucket: R2Bucket, { first, head }: Segment): Promise<void> {
    const entries = this.#chain.read(first - 1, head.seq - first + 1);
    const text = segmentText(this.#before(first), entries, head);
    const key = segmentKey(first, head);
    const onlyIf = { etagDoesNotMatch: "*" };
    const put = await bucket.put(key, text, { onlyIf, httpMetadata: { contentType: "application/x-ndjson" } });
    if (put !== null) return;
    const there = await bucket.get(key);
    if ((await there?.text()) !== text) throw new SegmentConflict();
  }

  /** Whole segments from the oldest on, and only what has arrived. */
  #prune(before: number): void {
    const rows = this.#sql.exec<Row>("SELECT * FROM segment ORDER BY first").toArray();
    const stays = rows.findIndex(({ shipped, newest }) => shipped === 0 || newest > before);
    const last = rows.slice(0, stays === -1 ? rows.length : stays).at(-1);
    if (last === undefined) return;
    this.#plan = undefined;
    this.#pruneTo(HEAD.parse(JSON.parse(last.head)), "archived");
  }

  /** The head that a segment follows: of the segment before it. Null: it is the first. */
  #before(first = Number.MAX_SAFE_INTEGER): SignedHead | null {
    const row = this.#sql
      .exec<Row>("SELECT * FROM segment WHERE last < ? ORDER BY first DESC LIMIT 1", first)
      .toArray()[0];
    return row === undefined ? this.#chain.anchor() : HEAD.parse(JSON.parse(row.head));
  }

  #readPlan(now: number): Plan {
    const segment = this.#sql.exec<Row>("SELECT * FROM segment ORDER BY first DESC LIMIT 1").toArray()[0];
    const anchored = this.#chain.anchor()?.seq ?? 0;
    const kept = this.#sql.exec<Row>("SELECT * FROM segment ORDER BY first LIMIT 1");
    const first = this.#chain.read(0, 1)[0];
    return {
      open: segment?.shipped === 0,
      last: segment?.last ?? anchored,
      at: segment === undefined ? (first?.at ?? now) : HEAD.parse(JSON.parse(segment.head)).at,
      oldest: kept.toArray()[0]?.newest,
    };
  }
}
