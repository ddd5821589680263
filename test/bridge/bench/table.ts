// Tables of the report, in Markdown. Pure.

import type { Spread } from "./spread.ts";

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

export function range({ min, median, max }: Spread, digits = 2): string {
  return `${min.toFixed(digits)}–**${median.toFixed(digits)}**–${max.toFixed(digits)}`;
}
