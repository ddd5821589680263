// Each rule, run as one user while another one keeps things: what the other keeps is neither seen, nor changed, nor counted. A rule is
// tried with its example, and with what the other keeps in the place of each of its arguments: anyone who knows an id is not its owner.

import type { App } from "../../../src/bridge/app/app.ts";
import { appHost } from "../../../src/bridge/app/store.ts";
import {
  type Env,
  fill,
  keptOf,
  principalOf,
  type Rule,
  rowsOf,
  runAs,
  somebody,
  type Table,
  tablesOf,
} from "./tables.ts";

/** Values of the other user that are tried for one argument. */
const TRIED = 40;

export async function userFindings(app: App, env: Env): Promise<readonly string[]> {
  const [one, other] = [somebody(), somebody()];
  const kept = keptOf(await tablesOf(app.bindings, env));
  const findings = new Set<string>();
  const alone = await saidTo(one, [], app, env);
  const again = await saidTo(one, [], app, env);
  const fickle = new Set([...again].flatMap(([call, { name, said }]) => (said === alone.get(call)?.said ? [] : name)));
  const compare = (found: Sayings, without: Sayings, counts: (name: string) => boolean) => {
    for (const [call, { name, what, said }] of found) {
      if (fickle.has(name) || !counts(name) || said === (without.get(call)?.said ?? said)) continue;
      findings.add(
        `${name}: what another user keeps changes its ${what}: have its capability ask for its caller's subject`,
      );
    }
  };

  const known = await countedOf(one, app, env);
  await fill(app, env, kept, other);
  const values = await valuesOf(kept, other);
  const beside = await saidTo(one, values, app, env);
  // A store may lie elsewhere than in tables. What works on none may be there for everybody.
  compare(beside, alone, (name) => app.policy[name]?.uses?.store !== undefined);
  const counted = await countedOf(one, app, env);
  for (const { name } of app.data.filter((store) => counted.get(store.name) !== known.get(store.name))) {
    findings.add(
      `the store ${name} counts or exports what another user keeps: have it ask for the subject that it is given`,
    );
  }
  for (const { db, name } of kept) await db.prepare(`DELETE FROM "${name}" WHERE subject = ?1`).bind(other).run();
  compare(beside, await saidTo(one, values, app, env), () => true);

  await fill(app, env, kept, other);
  const anew = await valuesOf(kept, other);
  const others = async () => JSON.stringify(await rowsOf(kept, "WHERE subject <> ?1", one));
  for (const [name, rule] of Object.entries(app.policy)) {
    for (const args of callsOf(rule, anew)) {
      const plan = await planAs(rule, app, env, other, args).catch(() => undefined);
      const before = await others();
      await runAs(rule, app, env, one, args, plan?.version).catch(() => undefined);
      if ((await others()) === before) continue;
      findings.add(
        `${name}: it changes what another user keeps, or writes in another's name: bind each statement of its capability to its caller's subject`,
      );
    }
  }
  return [...findings];
}

interface Said {
  readonly name: string;
  readonly what: "answer" | "plan";
  readonly said: string;
}

type Sayings = ReadonlyMap<string, Said>;

/** What rules that read, and plans, say to a user: each call by its name and arguments. */
async function saidTo(subject: string, values: Values, app: App, env: Env): Promise<Sayings> {
  const all = new Map<string, Said>();
  const add = async (name: string, what: Said["what"], args: unknown, said: Promise<unknown>) => {
    const text = await said.then(
      (value) => JSON.stringify(value) ?? "",
      (error: unknown) => String(error),
    );
    all.set(`${what} ${name} ${JSON.stringify(args)}`, { name, what, said: text });
  };
  for (const [name, rule] of Object.entries(app.policy)) {
    for (const args of callsOf(rule, values)) {
      if (rule.effect === "read") await add(name, "answer", args, runAs(rule, app, env, subject, args));
      if (rule.plan !== undefined) await add(name, "plan", args, planAs(rule, app, env, subject, args));
    }
  }
  return all;
}

async function planAs(rule: Rule, app: App, env: Env, subject: string, args: unknown) {
  return rule.plan?.(appHost(env), principalOf(app, subject), args);
}

type Values = readonly unknown[];

/** The example, and as often with one argument replaced as a value fits there. */
function callsOf({ example, input }: Rule, values: Values): readonly object[] {
  const base = example as Readonly<Record<string, unknown>>;
  const replaced = Object.keys(base).flatMap((key) =>
    values.map((value) => ({ ...base, [key]: value })).filter((args) => input.safeParse(args).success),
  );
  return [base, ...replaced];
}

/** What is in the rows of a user, but for their id. */
async function valuesOf(kept: readonly Table[], subject: string): Promise<Values> {
  const rows = (await rowsOf(kept, "WHERE subject = ?1", subject)).flat();
  const all = new Set(rows.flatMap((row) => Object.values(row)).filter((value) => value !== subject));
  return [...all].slice(0, TRIED);
}

/** How much each store says that it keeps of a user, and what. */
async function countedOf(subject: string, { data }: App, env: Env): Promise<ReadonlyMap<string, string>> {
  const counted = new Map<string, string>();
  for (const store of data) {
    const exported: unknown[] = [];
    for await (const one of await store.export(appHost(env), subject)) exported.push(one);
    counted.set(store.name, JSON.stringify([await store.count(appHost(env), subject), exported]));
  }
  return counted;
}
