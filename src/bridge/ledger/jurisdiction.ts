// The jurisdiction of a bridge is decided by its first request and kept in CONTROL. Under another one every ledger is another
// object, and empty: users would lose their connections and audit logs, and counts begin anew. So a changed one stops the bridge.

import type { Problem } from "../settings.ts";
import { jurisdictionOf, type Placed } from "./place.ts";
import { readSwitches } from "./switch-board.ts";

interface Bridge extends Placed {
  readonly CONTROL: D1Database;
}

/** It can change with a deploy only, and so with a new env. */
const right = new WeakSet<object>();

/** @throws when CONTROL cannot be read: nobody knows then which ledgers are the right ones. */
export async function jurisdictionProblem(env: Bridge): Promise<Problem | undefined> {
  if (right.has(env)) return undefined;
  const now = jurisdictionOf(env) ?? "";
  const first = (await load(env.CONTROL)) ?? (await decide(env, now));
  if (first !== now) {
    const is = now === "" ? "is not set" : `is ${JSON.stringify(now)}`;
    const were = first === "" ? "without one" : `in ${JSON.stringify(first)}`;
    const fix = `${first === "" ? "delete it" : `set it to ${JSON.stringify(first)}`}: elsewhere every ledger is empty (docs/operations.md)`;
    return { setting: "JURISDICTION", problem: `${is}, and the ledgers of this bridge were made ${were}`, fix };
  }
  right.add(env);
  return undefined;
}

async function load(CONTROL: D1Database): Promise<string | undefined> {
  const row = await CONTROL.prepare("SELECT name FROM jurisdiction").first<{ name: string }>();
  return row?.name;
}

async function decide(env: Bridge, now: string): Promise<string | undefined> {
  // Carries the users of an older copy over. A bridge that has users made their ledgers before this setting existed.
  await readSwitches(env);
  await env.CONTROL.prepare(
    `INSERT OR IGNORE INTO jurisdiction (one, name)
     SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM person) THEN '' ELSE ?1 END`,
  )
    .bind(now)
    .run();
  return load(env.CONTROL);
}
