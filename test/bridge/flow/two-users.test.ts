// What checkApp names of capabilities, plans and stores that forget whose call it is, each by an app that is wrong in one way.

import { expect, test } from "vitest";
import * as z from "zod";
import { d1, defineApp, defineBindings, defineScopes, defineTool, kitFor } from "../../../src/bridge/index.ts";
import { userFindings } from "../check-app/users.ts";
import { app } from "../fixture/app.ts";
import { bindings } from "../support/worker.ts";

const env = { DB: bindings.DB };
const scopes = defineScopes({
  "a:read": { may: "a", risk: "a", offer: "always" },
  "a:never": { may: "b", risk: "b", offer: "never" },
});
const bound = defineBindings({ DB: d1() });
const { store, tool, keepsNothing } = kitFor(scopes, bound);
const text = { description: "d", output: z.object({ text: z.string() }) };
const words = { output: "own", reaches: "nothing" } as const;

const SQL = {
  list: "SELECT what FROM thing WHERE subject = ?1 ORDER BY id",
  find: "SELECT what FROM thing WHERE id = ?2 AND subject = ?1",
  plan: "SELECT what, 1 AS version FROM thing WHERE id = ?2 AND subject = ?1",
  add: "INSERT INTO thing (subject, what) VALUES (?1, ?2)",
  remove: "DELETE FROM thing WHERE id = ?2 AND subject = ?1",
  count: "SELECT count(*) AS n FROM thing WHERE subject = ?1",
  export: "SELECT what FROM thing WHERE subject = ?1",
} as const;

/** An app whose capabilities do what these statements say: honest ones, but for those that are handed in. */
function thingsWith(over: Partial<Record<keyof typeof SQL, string>>) {
  const sql = { ...SQL, ...over };
  const DB = bindings.DB;
  const ask = async (which: keyof typeof SQL, ...values: readonly unknown[]) =>
    (
      await DB.prepare(sql[which])
        .bind(...values.slice(0, sql[which].includes("?2") ? 2 : sql[which].includes("?1") ? 1 : 0))
        .all()
    ).results;
  const things = store({
    name: "things",
    tables: ["thing"],
    erase: async (_, subject) => void (await DB.prepare("DELETE FROM thing WHERE subject = ?1").bind(subject).run()),
    export: async (_, subject) => ask("export", subject),
    count: async (_, subject) => Number((await ask("count", subject))[0]?.["n"]),
  });
  const all = things.writes(
    "all",
    (_, { subject }) =>
      (which: keyof typeof SQL, ...values: readonly unknown[]) =>
        ask(which, subject, ...values),
  );
  const reads = things.reads(
    "reads",
    (_, { subject }) =>
      (which: keyof typeof SQL, ...values: readonly unknown[]) =>
        ask(which, subject, ...values),
  );
  type Ask = (which: keyof typeof SQL, ...values: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  const said = async (rows: Promise<unknown>) => ({ text: JSON.stringify(await rows) });
  const id = { input: z.strictObject({ id: z.int() }), example: { id: 1_000_000 } };
  const list = { ...text, title: "List", input: z.strictObject({}), example: {} };
  const add = { ...text, title: "Add", input: z.strictObject({ what: z.string() }), example: { what: "w" } };
  const readWords = { ...words, scope: "a:read", effect: "read", capability: reads } as const;
  return defineApp({
    name: "A",
    version: "1",
    scopes,
    bindings: bound,
    policy: {
      list: tool(defineTool({ ...list, run: (_, ask: Ask) => said(ask("list")) }), readWords),
      find: tool(
        defineTool({ ...text, ...id, title: "Find", run: (args, ask: Ask) => said(ask("find", args.id)) }),
        readWords,
      ),
      add: tool(defineTool({ ...add, run: ({ what }, ask: Ask) => said(ask("add", what)) }), {
        ...words,
        scope: "a:never",
        effect: "write",
        approval: "never",
        capability: all,
      }),
      remove: tool(
        defineTool({
          ...text,
          ...id,
          title: "Remove",
          run: (args, ask: Ask) => said(ask("remove", args.id)),
          plan: async (args, ask: Ask) => ({ will: JSON.stringify(await ask("plan", args.id)), lost: [] }),
        }),
        { ...words, scope: "a:never", effect: "destroy", capability: all, plan: reads },
      ),
    },
    data: [things],
    people: [],
  });
}

test("a capability, a plan or a store that forgets whose call it is, is named, and an honest one is not", {
  timeout: 120_000,
}, async () => {
  await bindings.DB.exec("CREATE TABLE thing (id INTEGER PRIMARY KEY, subject TEXT NOT NULL, what TEXT NOT NULL)");
  expect(await userFindings(app, env)).toEqual([]);
  expect(await userFindings(thingsWith({}), env)).toEqual([]);
  const asks = "have its capability ask for its caller's subject";
  const changes = `it changes what another user keeps, or writes in another's name: bind each statement of its capability to its caller's subject`;
  const counts =
    "the store things counts or exports what another user keeps: have it ask for the subject that it is given";
  const wrong: readonly (readonly [Partial<Record<keyof typeof SQL, string>>, string])[] = [
    [{ list: "SELECT what FROM thing ORDER BY id" }, `list: what another user keeps changes its answer: ${asks}`],
    [{ list: "SELECT count(*) AS n FROM thing" }, `list: what another user keeps changes its answer: ${asks}`],
    [
      { find: "SELECT what FROM thing WHERE id = ?2 AND ?1 <> ''" },
      `find: what another user keeps changes its answer: ${asks}`,
    ],
    [
      { plan: "SELECT what FROM thing WHERE id = ?2 AND ?1 <> ''" },
      `remove: what another user keeps changes its plan: ${asks}`,
    ],
    [{ remove: "DELETE FROM thing WHERE id = ?2 AND ?1 <> ''" }, `remove: ${changes}`],
    [{ add: "INSERT INTO thing (subject, what) VALUES ('all', ?2)" }, `add: ${changes}`],
    [{ add: "UPDATE thing SET what = ?2 WHERE ?1 <> ''" }, `add: ${changes}`],
    [{ count: "SELECT count(*) AS n FROM thing" }, counts],
    [{ export: "SELECT what FROM thing" }, counts],
  ];
  for (const [over, finding] of wrong) {
    await bindings.DB.exec("DELETE FROM thing");
    expect([over, await userFindings(thingsWith(over), env)]).toEqual([over, [finding]]);
  }
  await bindings.DB.exec("DROP TABLE thing");
});

/** Notes in memory, as in any store that has no tables: `of` says whose are shown. */
function memory(of: (subject: string) => string, shared: boolean) {
  const kept: { readonly subject: string; readonly what: string }[] = [];
  const own = (subject: string) => kept.flatMap((one) => (one.subject === subject ? one.what : []));
  const notes = store({
    name: "memory",
    erase: async () => undefined,
    export: async (_, subject) => own(subject),
    count: async (_, subject) => own(subject).length,
  });
  const { reads, writes } = shared ? keepsNothing : notes;
  const list = { ...text, title: "List", input: z.strictObject({}), example: {} };
  const shows = reads(
    "shows",
    (_, { subject }) =>
      () =>
        kept.filter((one) => of(one.subject) === of(subject)),
  );
  const random = keepsNothing.reads("random", () => () => crypto.randomUUID());
  const adds = writes(
    "adds",
    (_, { subject }) =>
      (what: string) =>
        kept.push({ subject, what }),
  );
  const run = (_: object, say: () => unknown) => ({ text: JSON.stringify(say()) });
  const read = { ...words, scope: "a:read", effect: "read" } as const;
  const add = { ...text, title: "Add", input: z.strictObject({ what: z.string() }), example: { what: "w" } };
  return defineApp({
    name: "A",
    version: "1",
    scopes,
    bindings: bound,
    policy: {
      show: tool(defineTool({ ...list, run }), { ...read, capability: shows }),
      roll: tool(defineTool({ ...list, run }), { ...read, capability: random }),
      add: tool(
        defineTool({ ...add, run: ({ what }, keep: (what: string) => number) => ({ text: `${keep(what)}` }) }),
        {
          ...words,
          scope: "a:never",
          effect: "write",
          approval: "never",
          capability: adds,
        },
      ),
    },
    data: [notes],
    people: [],
  });
}

test("a store without tables is looked at too; what is there for everybody, or is new each time, is not named", async () => {
  expect(
    await userFindings(
      memory((subject) => subject, false),
      env,
    ),
  ).toEqual([]);
  expect(
    await userFindings(
      memory(() => "anybody's", false),
      env,
    ),
  ).toEqual(["show: what another user keeps changes its answer: have its capability ask for its caller's subject"]);
  expect(
    await userFindings(
      memory(() => "anybody's", true),
      env,
    ),
  ).toEqual([]);
});
