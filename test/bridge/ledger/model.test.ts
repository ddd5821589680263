// The ledger against a model of a few lines: random interleavings of calls, outcomes, decisions of the user, evictions,
// revocations, switches, the clock and the alarm. Whatever was done, the ledger answered what the model says, its budgets held, its
// chain verifies, each admission has exactly one outcome, no denial was lost, and no approval let two calls run.

import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GrantId } from "../../../src/bridge/gate/principal.ts";
import { print } from "../support/log.ts";
import { bindings } from "../support/worker.ts";
import { admission, GRANT, HOUR, openLedger, outcome } from "./ledgers.ts";
import { ApprovalModel, BUDGET, expected, type Model, TOOLS, type Tool } from "./model.ts";

const MINUTE = 60_000;
type Real = Awaited<ReturnType<typeof openLedger>>;

type Command = fc.AsyncCommand<Model, Real>;

function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

/** One call, or several at once. */
function admit(tool: Tool, args: string, grant: string, times: number): Command {
  return command(`admit ${tool} ${args} ${grant} ×${times}`, (model, real) =>
    call(model, real, tool, args, grant, times),
  );
}

async function call(model: Model, { stub }: Real, tool: Tool, args: string, grant: string, times: number) {
  const one = () => {
    const ask = { id: crypto.randomUUID(), args: "encrypted" };
    const approval = TOOLS[tool] === "destroy" ? ({ need: "always", ask } as const) : ({ need: "never" } as const);
    const more = { tool, effect: TOOLS[tool], digest: args, grant: grant as GrantId, budget: BUDGET, approval };
    return stub.admit(admission(more));
  };
  for (const answer of await Promise.all(Array.from({ length: times }, one))) {
    const wanted = expected(model, tool, args, grant);
    expect("denial" in answer ? answer.denial.reason : "admitted").toBe(wanted);
    if (TOOLS[tool] === "destroy") expect(model.approvals.take(args, answer, model.now)).toBeUndefined();
    if ("denial" in answer) model.refused.push(wanted);
    else model.admitted.push({ seq: answer.seq, at: model.now, tool, args });
  }
}

/** The user says yes or no to one of the last questions, in time or too late, once or again. */
function decide(which: number, yes: boolean): Command {
  return command(`decide ${which} ${yes}`, async (model, { stub, now }) => {
    const one = model.approvals.all.at(-1 - which);
    if (one === undefined) return;
    const stops = ["mode off", "mode read-only", "tool delete_note", `grant ${GRANT}`];
    const stopped = stops.some((name) => model.switches.has(name));
    const wanted = model.approvals.decide(
      one,
      yes,
      model.alive.has(GRANT) && model.now < model.ends,
      stopped,
      model.now,
    );
    expect(await stub.decideApproval(one.id, yes, now())).toBe(wanted);
  });
}

/** The call of one of the last questions comes again, once or in a race. */
function repeat(which: number, times: number): Command {
  return command(`repeat ${which} ×${times}`, async (model, real) => {
    const one = model.approvals.all.at(-1 - which);
    if (one !== undefined) await call(model, real, "delete_note", one.args, GRANT, times);
  });
}

/** The outcome of some admission: the first one, a late one, or one too many. */
function recordOutcomes(which: number): Command {
  return command(`settle ${which}`, async (model, { stub }) => {
    const call = model.admitted[which % Math.max(1, model.admitted.length)];
    if (call === undefined) return;
    await stub.recordOutcomes([{ ...outcome, of: call.seq }]);
    if (!model.outcomesWritten.has(call.seq)) model.outcomesWritten.set(call.seq, "ok");
  });
}

const evict = command("evict", async (_, { stub, setClock }) => {
  await evictDurableObject(stub);
  await setClock();
});

const alarm = command("alarm", async (model, { stub }) => {
  if (!(await runDurableObjectAlarm(stub))) return;
  for (const { seq, at } of model.admitted) {
    if (at <= model.now - MINUTE / 2 && !model.outcomesWritten.has(seq)) model.outcomesWritten.set(seq, "unknown");
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
    if (!model.alive.has(GRANT)) model.approvals.end();
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
    await bindings.CONTROL.prepare(sql).bind(kind, value).run();
    await real.advance(5_000);
    model.now += 5_000;
  });
}

const tool = fc.constantFrom<Tool>("read_note", "write_note", "delete_note", "delete_note");
const few = fc.constantFrom("a", "b", "c");
const many = fc.string({ maxLength: 3 });
const calls = fc
  .record({ tool, args: fc.oneof(few, many), times: fc.constantFrom(1, 1, 1, 4, 9) })
  .map((call) => admit(call.tool, call.args, GRANT, call.times));
const outcomes = fc.nat({ max: 50 }).map(recordOutcomes);
const decisions = fc
  .record({ which: fc.nat({ max: 3 }), yes: fc.constantFrom(true, true, true, false) })
  .map(({ which, yes }) => decide(which, yes));
const repetitions = fc
  .record({ which: fc.nat({ max: 2 }), times: fc.constantFrom(1, 1, 5) })
  .map(({ which, times }) => repeat(which, times));
const time = fc.constantFrom(1, 1_000, 29_999, 30_000, 59_999, MINUTE, HOUR, 13 * HOUR).map(advance);
const switches = fc
  .constantFrom<[string, string]>(
    ["mode", "off"],
    ["mode", "read-only"],
    ["tool", "write_note"],
    ["tool", "delete_note"],
    ["grant", GRANT],
  )
  .map(([kind, value]) => flip(kind, value));
/** Rare, because nothing is admitted afterwards. */
const end = fc
  .nat({ max: 12 })
  .map((dice) => (dice === 0 ? revoke("all") : revoke(dice === 1 ? GRANT : "grant-unknown")));
const foreign = tool.map((name) => admit(name, "a", "grant-unknown", 1));
const rare = [switches, end, foreign, fc.constant(evict), fc.constant(alarm)];
const mixed = [calls, calls, calls, calls, decisions, repetitions, outcomes, outcomes, time, time, ...rare];
/** A user who is asked a lot: few arguments, short waits, little else. */
const asks = fc
  .record({ args: few, times: fc.constantFrom(1, 3) })
  .map(({ args, times }) => admit("delete_note", args, GRANT, times));
const waits = fc.constantFrom(1_000, MINUTE, MINUTE, 4 * MINUTE, 13 * HOUR).map(advance);
const asked = [
  asks,
  asks,
  decisions,
  decisions,
  repetitions,
  repetitions,
  waits,
  fc.constant(evict),
  fc.constant(alarm),
];

test("the ledger does what a model of a few lines says, in any order of events", {
  timeout: 120_000,
}, async () => {
  await hold(mixed);
});

test("whatever is asked, decided and repeated, each run of a call that destroys had an approval of its own", {
  timeout: 120_000,
}, async () => {
  expect((await hold(asked))["approval used"]).toBeGreaterThan(10);
});

async function hold(kinds: fc.Arbitrary<Command>[]): Promise<Readonly<Record<string, number>>> {
  const totals: Record<string, number> = {};
  const count = (name: string) => {
    totals[name] = (totals[name] ?? 0) + 1;
  };
  await fc.assert(
    fc.asyncProperty(fc.commands(kinds, { maxCommands: 60, size: "max" }), async (list) => {
      await bindings.CONTROL.prepare("DELETE FROM switch").run();
      const real = await openLedger();
      const model: Model = {
        now: real.now(),
        alive: new Set([GRANT]),
        ends: real.now() + 48 * HOUR,
        switches: new Set(),
        admitted: [],
        outcomesWritten: new Map(),
        refused: [],
        approvals: new ApprovalModel(BUDGET),
      };
      await fc.asyncModelRun(() => ({ model, real }), list);

      await real.advance(MINUTE);
      await runDurableObjectAlarm(real.stub);
      await real.verify();
      const events = await allEvents(real);
      const outcomes = events.flatMap((event) => (event.kind === "settlement" ? [event] : []));
      expect(outcomes.map(({ of }) => of).sort()).toEqual(model.admitted.map(({ seq }) => seq).sort());
      for (const { of, outcome } of outcomes) expect(outcome).toBe(model.outcomesWritten.get(of) ?? "unknown");
      const denied = events.reduce((sum, event) => sum + (event.kind === "denial" ? event.count : 0), 0);
      expect(denied).toBe(model.refused.length);
      const used = events.flatMap((event) => (event.kind === "admission" && event.effect === "destroy" ? [event] : []));
      const wanted = model.approvals.all.filter(({ state }) => state === "used").map(({ id }) => id);
      expect(used.map(({ approval }) => approval).sort()).toEqual(wanted.sort());
      for (const { state } of model.approvals.all) count(`approval ${state}`);
      for (const reason of model.refused) count(reason);
      for (const { outcome } of outcomes) count(`settled ${outcome}`);
    }),
    { numRuns: 25 },
  );
  print(JSON.stringify(totals));
  return totals;
}

async function allEvents({ stub }: Real) {
  return (await stub.events()).map(({ event }) => event);
}
