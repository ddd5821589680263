// What an operator set: the mode of the whole bridge, and tools, clients, grants and users that are switched off. Rows of a
// table that `npm run guard` writes with the operator's own credentials; no endpoint sets them. Pure.

import * as z from "zod";
import type { Denial } from "../gate/denial.ts";
import type { Effect } from "../gate/rule.ts";

const ROWS = z.array(
  z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("mode"), value: z.enum(["normal", "read-only", "off"]) }),
    z.object({ kind: z.enum(["tool", "client", "grant", "subject"]), value: z.string() }),
  ]),
);
export type Switches = Readonly<z.infer<typeof ROWS>>;

/** @throws when a row is not one we know: a switch that cannot be read is not one that is off. */
export function parseSwitches(rows: unknown): Switches {
  return ROWS.parse(rows);
}

/** What a request is about, as far as switches care. `tool` and `effect` are undefined for messages that name no row. */
export interface Switched {
  readonly subject: string;
  readonly client: string;
  readonly grant: string;
  readonly tool?: string | undefined;
  readonly effect?: Effect | undefined;
}

export type SwitchDenial = Extract<Denial, { reason: "grant-ended" | "frozen" | "switched-off" }>;

/** The strictest switch that applies, or undefined. */
export function decideSwitches(switches: Switches, request: Switched): SwitchDenial | undefined {
  const set = (kind: Switches[number]["kind"], value: string | undefined) =>
    switches.some((row) => row.kind === kind && row.value === value);
  if (set("mode", "off")) return { reason: "switched-off", what: "bridge" };
  if (set("client", request.client) || set("grant", request.grant)) return { reason: "grant-ended" };
  if (set("subject", request.subject)) return { reason: "frozen" };
  if (set("tool", request.tool)) return { reason: "switched-off", what: "tool" };
  if (set("mode", "read-only") && request.effect !== undefined && request.effect !== "read") {
    return { reason: "switched-off", what: "writes" };
  }
  return undefined;
}

export function blockedTools(switches: Switches): readonly string[] {
  return switches.flatMap((row) => (row.kind === "tool" ? [row.value] : []));
}
