// Yours: the whole authorization truth. What has no rule does not exist. POLICY.md is made from it (`npm run generate`).

import { tool } from "./bindings.ts";
import { notesEraser, notesLooker, notesReader, notesReplacer, notesWriter } from "./capabilities/notes.ts";
import { profileReader } from "./capabilities/profile.ts";
import { deleteNote } from "./tools/delete-note.ts";
import { readNote } from "./tools/read-note.ts";
import { replaceNote } from "./tools/replace-note.ts";
import { searchNotes } from "./tools/search-notes.ts";
import { whoami } from "./tools/whoami.ts";
import { writeNote } from "./tools/write-note.ts";

const own = { output: "own", reaches: "nothing" } as const;

// Replace: one rule a tool.
export const policy = {
  whoami: tool(whoami, { scope: "profile:read", effect: "read", capability: profileReader, ...own }),
  search_notes: tool(searchNotes, { scope: "notes:read", effect: "read", capability: notesReader, ...own }),
  read_note: tool(readNote, { scope: "notes:read", effect: "read", capability: notesReader, ...own }),
  write_note: tool(writeNote, {
    scope: "notes:write",
    effect: "write",
    approval: "never",
    capability: notesWriter,
    ...own,
  }),
  replace_note: tool(replaceNote, {
    scope: "notes:write",
    effect: "write",
    approval: "when-tainted",
    capability: notesReplacer,
    plan: notesLooker,
    ...own,
  }),
  delete_note: tool(deleteNote, {
    scope: "notes:delete",
    effect: "destroy",
    capability: notesEraser,
    plan: notesLooker,
    ...own,
  }),
};
