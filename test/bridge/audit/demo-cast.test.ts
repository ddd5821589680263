// Which rules of an app `npm run demo` tells its story with.

import { expect, test } from "vitest";
import { castOf } from "../../../scripts/demo-cast.ts";
import { app } from "../fixture/app.ts";

const { policy, scopes } = app;
const only = (...names: readonly string[]) => ({
  scopes,
  policy: Object.fromEntries(names.map((name) => [name, policy[name] as NonNullable<(typeof policy)[string]>])),
});
const namesOf = ({ read, write }: ReturnType<typeof castOf>) => [read.name, write?.name];

test("a rule that reads under a scope the user ticks, and one that writes under another; each with its example", () => {
  expect(namesOf(castOf(app))).toEqual(["search_notes", "write_note"]);
  expect(castOf(app).write).toMatchObject({ scope: "notes:write", args: { title: expect.any(String) } });
  expect(namesOf(castOf(only("whoami", "delete_note", "replace_note")))).toEqual(["whoami", "replace_note"]);
});

test("without a rule that may be tried, nothing writes: one that asks each time or reaches out is left alone", () => {
  expect(namesOf(castOf(only("whoami", "delete_note")))).toEqual(["whoami", undefined]);
  const { search_notes, write_note } = only("search_notes", "write_note").policy;
  const out = { ...write_note, reaches: "outside" } as NonNullable<typeof write_note>;
  expect(namesOf(castOf({ scopes, policy: { search_notes: search_notes as typeof out, out } }))).toEqual([
    "search_notes",
    undefined,
  ]);
  expect(() => castOf(only("write_note"))).toThrow("No rule of this app reads");
});
