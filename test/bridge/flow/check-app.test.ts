// What checkApp names, each by an app that is wrong in one way; and the fixture, of which it names nothing.

import { expect, test } from "vitest";
import * as z from "zod";
import { d1, defineApp, defineBindings, defineScopes, defineTool, kitFor } from "../../../src/bridge/index.ts";
import { gateFindings } from "../check-app/gate.ts";
import { ruleFindings } from "../check-app/rules.ts";
import { storeFindings, writingReads } from "../check-app/stores.ts";
import { app } from "../fixture/app.ts";
import { bindings, journey } from "../support/worker.ts";

const env = { DB: bindings.DB };
const OWN = "delete only those of the subject that it is given";
const scopes = defineScopes({
  "a:read": { may: "a", risk: "a", offer: "always" },
  "a:never": { may: "b", risk: "b", offer: "never" },
});
const bound = defineBindings({ DB: d1() });
const { store, tool } = kitFor(scopes, bound);

test("a scope that no rule uses is named, and an example that does not fit its input", () => {
  const things = store({ name: "things", erase: async () => undefined, export: async () => [], count: async () => 0 });
  const look = defineTool({
    title: "Look",
    description: "d",
    input: z.strictObject({ id: z.uuid() }),
    output: z.object({}),
    example: { id: "not-one" },
    run: (_args, _: null) => ({}),
  });
  const capability = things.reads("looker", () => null);
  const words = { scope: "a:read", effect: "read", capability, output: "own", reaches: "nothing" } as const;
  const wrong = defineApp({
    name: "A",
    version: "1",
    scopes,
    bindings: bound,
    policy: { look: tool(look, words) },
    data: [things],
    people: [],
  });
  expect(ruleFindings(app)).toEqual([]);
  expect(ruleFindings(wrong)).toEqual([
    "no rule uses the scope a:never: name it in a rule, or take it out of the scopes",
    expect.stringMatching(/^look: its example does not fit its input, so change one of them: id /),
  ]);
  const bare = { ...wrong.policy["look"], example: undefined } as (typeof wrong.policy)[string];
  expect(ruleFindings({ ...wrong, policy: { look: bare } })).toContain(
    "look: has no example: write arguments that fit its input",
  );
  const planned = {
    ...wrong.policy["look"],
    plan: async () => ({ will: "", lost: [] }),
  } as (typeof wrong.policy)[string];
  expect(ruleFindings({ ...wrong, policy: { look: planned } })).toContainEqual(
    expect.stringContaining("look: reads, and its tool has a plan"),
  );
});

test("a table that no store lists, an erasure that leaves rows and one that takes another's are named", async () => {
  expect(await storeFindings(app, env)).toEqual([]);
  await bindings.DB.exec("CREATE TABLE kept (subject TEXT NOT NULL, what TEXT NOT NULL)");
  expect(await storeFindings(app, env)).toEqual([
    "the table kept has a subject, and no store lists it, so nothing would erase it: name it in a store's tables, and erase it there",
    "an erasure leaves rows of its user in the table kept: delete them in its store's erase",
  ]);
  await bindings.DB.exec("DELETE FROM kept");
  const [notes] = app.data;
  if (notes === undefined) throw new Error("the fixture keeps notes");
  const all = {
    ...notes,
    tables: ["note", "kept"],
    erase: () => bindings.DB.exec("DELETE FROM note; DELETE FROM kept").then(),
  };
  expect(await storeFindings({ ...app, data: [{ ...all, erase: async () => void (await all.erase()) }] }, env)).toEqual(
    [
      `an erasure takes rows of another user out of the table note: ${OWN}`,
      `an erasure takes rows of another user out of the table kept: ${OWN}`,
    ],
  );
  await bindings.DB.exec("DROP TABLE kept");
  expect(await storeFindings({ ...app, data: [{ ...notes, tables: ["note", "gone"] }] }, env)).toContain(
    "a store lists the table gone, which no migration makes: write one, or take it off the list",
  );
});

test("a table that takes no made-up row is named, unless a rule's example writes one", async () => {
  const strict = "CREATE TABLE note_kind (subject TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('a', 'b')))";
  await bindings.DB.exec(strict);
  const [notes] = app.data;
  if (notes === undefined) throw new Error("the fixture keeps notes");
  const erase = async (host: Parameters<typeof notes.erase>[0], subject: string) => {
    await notes.erase(host, subject);
    await bindings.DB.prepare("DELETE FROM note_kind WHERE subject = ?1").bind(subject).run();
  };
  const data = [{ ...notes, tables: ["note", "note_kind"], erase }];
  expect(await storeFindings({ ...app, data }, env)).toEqual([
    expect.stringMatching(
      /^the table note_kind takes no made-up row \(.*CHECK.*\): give a rule that writes it an example/,
    ),
  ]);
  const writes = app.policy["write_note"];
  if (writes === undefined) throw new Error("the fixture writes notes");
  const run: typeof writes.run = async (...call) => {
    await bindings.DB.prepare("INSERT INTO note_kind VALUES (?1, 'a')").bind(call[1].subject).run();
    return writes.run(...call);
  };
  expect(await storeFindings({ ...app, data, policy: { write_note: { ...writes, run } } }, env)).toEqual([]);
  await bindings.DB.exec("DROP TABLE note_kind");
});

test("a rule that says it reads and writes is named, and a rule that lets in without its scope", {
  timeout: 120_000,
}, async () => {
  expect(await writingReads(app, env)).toEqual([]);
  const { write_note: writes } = app.policy;
  if (writes === undefined) throw new Error("the fixture writes notes");
  expect(await writingReads({ ...app, policy: { write_note: { ...writes, effect: "read" } } }, env)).toEqual([
    'write_note: its rule says that it reads, and it changes the database: say effect: "write"',
  ]);
  const claimed = { whoami: { ...writes, scope: "notes:write", example: {} } };
  const findings = await gateFindings({ scopes: app.scopes, policy: claimed }, journey);
  const letIn = /^whoami over stateless: a token for profile:read is let in, and its rule names notes:write: see that/;
  expect(findings).toContainEqual(expect.stringMatching(letIn));
  const absent = { no_such_tool: writes };
  const refused =
    /^no_such_tool over session: a token for .* is refused \(200\), and its rule names notes:write: see that/;
  expect(await gateFindings({ scopes: app.scopes, policy: absent }, journey)).toContainEqual(
    expect.stringMatching(refused),
  );
});
