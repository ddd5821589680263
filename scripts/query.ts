// What `npm run audit:query` picks from an audit log and how it shows it. An outcome is not a row of its own: it stands on its
// admission. Pure.

import * as z from "zod";
import type { ExportedEntry } from "./export.ts";

export const DECISIONS = ["admitted", "refused"] as const;

export interface Criteria {
  readonly tool?: string | undefined;
  readonly decision?: (typeof DECISIONS)[number] | undefined;
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly grant?: string | undefined;
  readonly client?: string | undefined;
  readonly request?: string | undefined;
}

export interface Row {
  readonly subject: string;
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  readonly event: ExportedEntry["event"];
  /** What became of an admission; absent while it runs. */
  outcome?: { readonly outcome: string; readonly ms: number };
}

const OUTCOME = z.object({ kind: z.literal("settlement"), of: z.int(), outcome: z.string(), ms: z.number() });
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `30m`, `2h`, `7d` ago, or a date as ISO 8601 writes it; undefined for anything else. */
export function parseSince(text: string, now: number): number | undefined {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS[unit] ?? 0);
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) || at > now ? undefined : at;
}

/** The rows of one user's audit log that fit, oldest first. */
export async function select(
  subject: string,
  entries: AsyncIterable<ExportedEntry>,
  criteria: Criteria,
): Promise<readonly Row[]> {
  const rows = new Map<number, Row>();
  for await (const { seq, at, event } of entries) {
    const settled = OUTCOME.safeParse(event);
    if (!settled.success) {
      if (fits(event, at, criteria)) rows.set(seq, { subject, seq, at: new Date(at).toISOString(), event });
      continue;
    }
    const { of, outcome, ms } = settled.data;
    const admission = rows.get(of);
    if (admission !== undefined) admission.outcome = { outcome, ms };
  }
  return [...rows.values()];
}

const KINDS = { admitted: "admission", refused: "denial" } as const;

function fits(event: Row["event"], at: number, { decision, since, ...fields }: Criteria): boolean {
  if (since !== undefined && at < since) return false;
  if (decision !== undefined && event.kind !== KINDS[decision]) return false;
  return Object.entries(fields).every(([name, value]) => value === undefined || event[name] === value);
}

const WHERE = z.object({ country: z.string(), agent: z.string() });

/** One line a row, in columns. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ subject, seq, at, event, outcome }) => {
    const from = WHERE.safeParse(event["where"]).data;
    const result = outcome === undefined ? "" : `${outcome.outcome} ${outcome.ms} ms`;
    const count = Number(event["count"]) > 1 ? ` ×${event["count"]}` : "";
    return [
      at,
      subject,
      String(seq),
      { admission: "admitted", denial: "refused" }[event.kind] ?? event.kind,
      text(event["tool"]),
      text(event["reason"] ?? event["why"] ?? event["how"] ?? result) + count,
      text(event["client"]),
      from === undefined ? "" : `${from.country} ${from.agent}`,
    ];
  });
  const all = [["time", "user", "no.", "what", "tool", "outcome", "client", "from"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Nothing that a terminal would obey. */
function text(value: unknown): string {
  return typeof value === "string" ? value.replaceAll(/[^\x20-\x7e]/g, "?") : "";
}
