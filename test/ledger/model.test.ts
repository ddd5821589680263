// The ledger against a model of a few lines: random interleavings of calls, settlements, evictions, revocations, switches, the
// clock and the alarm. Whatever was done, the ledger answered what the model says, its budgets held, its chain verifies, and
// in the end each admission has exactly one settlement and no refusal was lost.

import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GrantId } from "../../src/authz/principal.ts";
import type { Budget } from "../../src/authz/rule.ts";
import { bindings } from "../support/worker.ts";
import { admission, GRANT, HOUR, openLedger, settlement } from "./ledgers.ts";

const BUDGET: Budget = { perMinute: 5, perDay: 7, repeats: 3 };
const MINUTE = 60_000;
const DAY = 24 * HOUR;
const TOOLS = { read_note: "read", write_note: "write" } as const;
type Tool = keyof typeof TOOLS;

interface Model {
  now: number;
  /** Of the grant. */
  readonly expires: number;
  readonly alive: Set<string>;
  readonly switches: Set<string>;
  readonly admitted: { readonly seq: number; readonly at: number; readonly tool: Tool; readonly args: string }[];
  readonly settled: Map<number, string>;
  readonly refused: string[];
}
type Real = Awaited<ReturnType<typeof openLedger>>;

/** The whole of what a ledger is to answer. */
function expected(model: Model, tool: Tool, args: string, grant: string): string {
  const { now, switches, alive } = model;
  if (switches.has("mode off")) return "switched-off";
  if (switches.has(`grant ${grant}`)) return "grant-ended";
  if (switches.has(`tool ${tool}`)) return "switched-off";
  if (switches.has("mode read-only") && TOOLS[tool] !== "read") return "switched-off";
  if (!alive.has(grant) || now >= model.expires) return "grant-ended";
  const same = model.admitted.filter((call) => call.tool === tool);
  const recent = same.filter(({ at }) => at > now - MINUTE);
  if (recent.filter((call) => call.args === args).length >= BUDGET.repeats) return "loop";
  if (recent.length >= BUDGET.perMinute) return "over-budget";
  const today = same.filter(({ at }) => Math.floor(at / DAY) === Math.floor(now / DAY));
  return today.length >= BUDGET.perDay ? "over-budget" : "admitted";
}

type Command = fc.AsyncCommand<Model, Real>;

function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

/** One call, or several at once. */
function admit(tool: Tool, args: string, grant: string, times: number): Command {
  return command(`admit ${tool} ${args} ${grant} ×${times}`, async (model, { stub }) => {
    const call = admission({ tool, effect: TOOLS[tool], digest: args, grant: grant as GrantId, budget: BUDGET });
    const answers = await Promise.all(Array.from({ length: times }, () => stub.admit(call)));
    for (const answer of answers) {
      const wanted = expected(model, tool, args, grant);
      expect("refusal" in answer ? answer.refusal.reason : "admitted").toBe(wanted);
      if ("refusal" in answer) model.refused.push(wanted);
      else model.admitted.push({ seq: answer.seq, at: model.now, tool, args });
    }
  });
}

/** The settlement of some admission: the first one, a late one, or one too many. */
function settle(which: number): Command {
  return command(`settle ${which}`, async (model, { stub }) => {
    const call = model.admitted[which % Math.max(1, model.admitted.length)];
    if (call === undefined) return;
    await stub.settle({ ...settlement, of: call.seq });
    if (!model.settled.has(call.seq)) model.settled.set(call.seq, "ok");
  });
}

const evict = command("evict", async (_, { stub, setClock }) => {
  await evictDurableObject(stub);
  await setClock();
});

const alarm = command("alarm", async (model, { stub }) => {
  if (!(await runDurableObjectAlarm(stub))) return;
  for (const { seq, at } of model.admitted) {
    if (at <= model.now - MINUTE / 2 && !model.settled.has(seq)) model.settled.set(seq, "unknown");
  }
});

function advance(ms: number): Command {
  return command(`advance ${ms}`, async (model, real) => {
    await real.advance(ms);
    model.now += ms;
  });
}

function revoke(grant: string): Command {
  return command(`revoke ${grant}`, async (model, { stub }) => {
    await stub.revoke(grant as GrantId | "all");
    if (grant === "all") model.alive.clear();
    else model.alive.delete(grant);
  });
}

/** A switch holds after five seconds at the latest, so that is when the model goes on. */
function flip(kind: string, value: string): Command {
  return command(`flip ${kind} ${value}`, async (model, real) => {
    const name = `${kind} ${value}`;
    const on = !model.switches.delete(name);
    if (on) model.switches.add(name);
    const sql = on
      ? "INSERT INTO switch (kind, value) VALUES (?, ?)"
      : "DELETE FROM switch WHERE kind = ? AND value = ?";
    await bindings.DB.prepare(sql).bind(kind, value).run();
    await real.advance(5_000);
    model.now += 5_000;
  });
}

const tool = fc.constantFrom<Tool>("read_note", "write_note");
const few = fc.constantFrom("a", "b", "c");
const many = fc.string({ maxLength: 3 });
const calls = fc
  .record({ tool, args: fc.oneof(few, many), times: fc.constantFrom(1, 1, 1, 4, 9) })
  .map((call) => admit(call.tool, call.args, GRANT, call.times));
const settlements = fc.nat({ max: 50 }).map(settle);
const time = fc.constantFrom(1, 1_000, 29_999, 30_000, 59_999, MINUTE, HOUR, 13 * HOUR).map(advance);
const switches = fc
  .constantFrom<[string, string]>(["mode", "off"], ["mode", "read-only"], ["tool", "write_note"], ["grant", GRANT])
  .map(([kind, value]) => flip(kind, value));
/** Rare, because nothing is admitted afterwards. */
const end = fc
  .nat({ max: 12 })
  .map((dice) => (dice === 0 ? revoke("all") : revoke(dice === 1 ? GRANT : "grant-unknown")));
const foreign = tool.map((name) => admit(name, "a", "grant-unknown", 1));
const rare = [switches, end, foreign, fc.constant(evict), fc.constant(alarm)];
const commands = fc.commands([calls, calls, calls, calls, settlements, settlements, time, time, ...rare], {
  maxCommands: 60,
  size: "max",
});

test("invariants 3, 5, 7, 8: the ledger does what a model of a few lines says, in any order of events", {
  timeout: 120_000,
}, async () => {
  const totals: Record<string, number> = {};
  const count = (name: string) => {
    totals[name] = (totals[name] ?? 0) + 1;
  };
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      await bindings.DB.prepare("DELETE FROM switch").run();
      const real = await openLedger();
      const model: Model = {
        now: real.now(),
        expires: real.now() + 48 * HOUR,
        alive: new Set([GRANT]),
        switches: new Set(),
        admitted: [],
        settled: new Map(),
        refused: [],
      };
      await fc.asyncModelRun(() => ({ model, real }), list);

      await real.advance(MINUTE);
      await runDurableObjectAlarm(real.stub);
      await real.verify();
      const events = await allEvents(real);
      const settlements = events.flatMap((event) => (event.kind === "settlement" ? [event] : []));
      expect(settlements.map(({ of }) => of).sort()).toEqual(model.admitted.map(({ seq }) => seq).sort());
      for (const { of, outcome } of settlements) expect(outcome).toBe(model.settled.get(of) ?? "unknown");
      const denied = events.reduce((sum, event) => sum + (event.kind === "denial" ? event.count : 0), 0);
      expect(denied).toBe(model.refused.length);
      for (const reason of model.refused) count(reason);
      for (const { outcome } of settlements) count(`settled ${outcome}`);
    }),
    { numRuns: 25 },
  );
  console.log(JSON.stringify(totals));
});

async function allEvents({ stub }: Real) {
  return (await stub.events()).map(({ event }) => event);
}
