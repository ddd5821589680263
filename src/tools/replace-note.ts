// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool, quote, ToolError } from "../bridge/index.ts";
import type { NotesLooker, NotesReplacer } from "../capabilities/notes.ts";

export const replaceNote = defineTool({
  title: "Replace a note",
  description: "Replaces the title and text of one of the user's notes, by its id. What it replaces is lost.",
  input: z.strictObject({
    id: z.uuid(),
    title: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^\p{Cc}]*$/u, "has a control character"),
    text: z.string().max(20_000),
  }),
  output: z.object({ id: z.string(), remark: z.string().optional() }),
  example: { id: "0b6f6f0e-5d3c-4c3f-9d1a-2f4f6a1b7c8d", title: "Groceries", text: "Milk, bread, apples" },
  async run(note, { look, replace }: NotesReplacer) {
    const written = await replace(note);
    if (written !== undefined) return written;
    const gone = (await look(note.id)) === undefined;
    const why = gone ? "There is no such note" : "The note has changed since the user approved this";
    throw new ToolError(`${why}, and nothing was replaced.`);
  },
  async plan({ id }, { look }: NotesLooker) {
    const note = await look(id);
    if (note === undefined) return { will: "Replace a note that is not there", lost: [] };
    return {
      will: `Replace the title and text of the note ${quote(note.title)}`,
      lost: [
        `What it says now: ${quote(note.start)}${note.size > 200 ? ` and ${note.size - 200} more characters` : ""}`,
        `Last changed on ${note.updated.slice(0, 10)}. There is no copy.`,
      ],
      version: note.updated,
    };
  },
});
