// THE table: the whole authorization truth. What has no row does not exist. POLICY.md is made from it (`npm run generate`),
// so that a change of authority is always a visible diff.

import { type Policy, rule } from "./bridge/gate/rule.ts";
import type { Bindings } from "./bridge/settings.ts";
import { fetchPage } from "./bridge/web/fetch-page.ts"; // web
import { webReader } from "./bridge/web/web.ts"; // web
import { notesEraser, notesReader, notesReplacer, notesWriter } from "./capabilities/notes.ts";
import { profileReader } from "./capabilities/profile.ts";
import { deleteNote } from "./tools/delete-note.ts";
import { readNote } from "./tools/read-note.ts";
import { replaceNote } from "./tools/replace-note.ts";
import { searchNotes } from "./tools/search-notes.ts";
import { whoami } from "./tools/whoami.ts";
import { writeNote } from "./tools/write-note.ts";

// Replace: one row for each of your tools.
export const policy = {
  whoami: rule({ tool: whoami, scope: "profile:read", effect: "read", capability: profileReader }),
  search_notes: rule({ tool: searchNotes, scope: "notes:read", effect: "read", capability: notesReader }),
  read_note: rule({ tool: readNote, scope: "notes:read", effect: "read", capability: notesReader }),
  write_note: rule({ tool: writeNote, scope: "notes:write", effect: "write", capability: notesWriter }),
  replace_note: rule({
    tool: replaceNote,
    scope: "notes:write",
    effect: "write",
    capability: notesReplacer,
    approval: "when-tainted",
  }),
  delete_note: rule({
    tool: deleteNote,
    scope: "notes:delete",
    effect: "destroy",
    capability: notesEraser,
    budget: { perMinute: 5, perDay: 50 },
  }),
  fetch_page: rule({
    tool: fetchPage,
    scope: "web:fetch",
    effect: "read",
    capability: webReader,
    output: "untrusted",
    egress: true,
  }), // web
} satisfies Policy<Bindings>;
