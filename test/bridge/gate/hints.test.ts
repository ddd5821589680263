// The hints that a client is given say what the rule says.

import { expect, test } from "vitest";
import { rule } from "../../../src/bridge/gate/rule.ts";
import { annotationsOf } from "../../../src/bridge/mcp/register.ts";
import { notesEraser, notesReplacer, notesWriter } from "../fixture/capabilities/notes.ts";
import { policy } from "../fixture/policy.ts";
import { deleteNote } from "../fixture/tools/delete-note.ts";
import { replaceNote } from "../fixture/tools/replace-note.ts";
import { writeNote } from "../fixture/tools/write-note.ts";

test("only what replaces or destroys is called destructive, and only what reads is called read-only", () => {
  const hints = Object.entries(policy).map(([name, row]) => [name, annotationsOf(row)] as const);
  const named = (hint: "destructiveHint" | "readOnlyHint") =>
    hints.filter(([, given]) => given[hint]).map(([name]) => name);
  expect(named("destructiveHint")).toEqual([
    ...["replace_note", "delete_note", "write_asked", "write_outside_guarded", "write_outside_asked"],
    ...["destroy_account", "destroy_outside"],
  ]);
  expect(named("readOnlyHint")).toEqual([
    ...["whoami", "search_notes", "read_note", "fetch_page", "odd"],
    ...["read_account", "read_asked", "read_account_guarded", "read_outside_asked"],
  ]);
});

test("a rule that adds, also outside, is not destructive; one that says when its user is asked is", () => {
  const scope = "notes:write" as const;
  const adds = { tool: writeNote, scope, effect: "write", capability: notesWriter.make } as const;
  const replaces = { tool: replaceNote, scope, effect: "write", capability: notesReplacer.make } as const;
  expect([rule(adds), rule({ ...adds, reaches: "outside" })].map((row) => annotationsOf(row).destructiveHint)).toEqual([
    false,
    false,
  ]);
  const asked = [rule({ ...replaces, approval: "when-tainted" }), rule({ ...adds, approval: "each-call" })];
  const destroys = rule({ tool: deleteNote, scope, effect: "destroy", capability: notesEraser.make });
  expect([...asked, destroys].map((row) => annotationsOf(row).destructiveHint)).toEqual([true, true, true]);
});
