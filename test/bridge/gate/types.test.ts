// What must not compile. tsc checks this file: each line marked @ts-expect-error is an error today, and the check fails on
// the day one of them stops being an error.

import { expect, test } from "vitest";
import { type Rule, rule } from "../../../src/bridge/gate/rule.ts";
import type { Bindings } from "../../../src/bridge/request/bindings.ts";
import { notesEraser, notesReader, notesWriter } from "../fixture/capabilities/notes.ts";
import { deleteNote } from "../fixture/tools/delete-note.ts";
import { readNote } from "../fixture/tools/read-note.ts";
import { writeNote } from "../fixture/tools/write-note.ts";

test("a row without a scope, with an unknown scope or with a capability that does not fit does not compile", () => {
  // @ts-expect-error a missing scope
  const missing = rule({ tool: readNote, effect: "read", capability: notesReader });
  // @ts-expect-error a scope that is not in the catalogue
  const unknown = rule({ tool: readNote, scope: "notes:everything", effect: "read", capability: notesReader });
  // @ts-expect-error a reader where a writer is needed
  const wrong = rule({ tool: writeNote, scope: "notes:write", effect: "write", capability: notesReader });
  // @ts-expect-error an effect that is none
  const odd = rule({ tool: writeNote, scope: "notes:write", effect: "maybe", capability: notesWriter });
  expect([missing, unknown, wrong, odd]).toHaveLength(4);
});

test("a row that destroys and spares its user the approval does not compile, and neither does a word that would", () => {
  const erase = { tool: deleteNote, scope: "notes:delete", effect: "destroy", capability: notesEraser } as const;
  // @ts-expect-error no approval
  const spared = rule({ ...erase, approval: "never" });
  // @ts-expect-error an approval now and then
  const sometimes = rule({ ...erase, approval: "tainted" });
  // @ts-expect-error a row that was not made by rule()
  const forged: Rule<Bindings> = { ...rule(erase), approval: undefined };
  expect([spared, sometimes].map(({ approval }) => approval)).toEqual(["always", "always"]);
  expect(forged).toBeDefined();
});
