// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool, quote, ToolError } from "../bridge/index.ts";
import type { NotesEraser, NotesLooker } from "../capabilities/notes.ts";

export const deleteNote = defineTool({
  title: "Delete a note",
  description: "Deletes one of the user's notes for good, by its id.",
  input: z.strictObject({ id: z.uuid() }),
  output: z.object({ deleted: z.string() }),
  example: { id: "0b6f6f0e-5d3c-4c3f-9d1a-2f4f6a1b7c8d" },
  async run({ id }, { look, erase }: NotesEraser) {
    if (await erase(id)) return { deleted: id };
    const gone = (await look(id)) === undefined;
    const why = gone ? "There is no such note" : "The note has changed since the user approved this";
    throw new ToolError(`${why}, and nothing was deleted.`);
  },
  async plan({ id }, { look }: NotesLooker) {
    const note = await look(id);
    if (note === undefined) return { will: "Delete a note that is not there", lost: [] };
    return {
      will: `Delete the note ${quote(note.title)}`,
      lost: [
        `Its text: ${quote(note.start)}${note.size > 200 ? ` and ${note.size - 200} more characters` : ""}`,
        `Last changed on ${note.updated.slice(0, 10)}. There is no copy.`,
      ],
      version: note.updated,
    };
  },
});
