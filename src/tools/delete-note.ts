import * as z from "zod";
import { defineTool, ToolError } from "../authz/tool.ts";
import type { NotesEraser } from "../capabilities/notes.ts";

/** Whatever could be taken for the end of a quotation, so that a title cannot go on in the words around it. */
const QUOTES = /[\p{Pi}\p{Pf}"„‚〝〞〟＂「」『』]/gu;

export const deleteNote = defineTool({
  title: "Delete a note",
  description: "Deletes one of the person's notes for good, by its id.",
  input: z.strictObject({ id: z.uuid() }),
  output: z.object({ deleted: z.string() }),
  async run({ id }, { erase }: NotesEraser) {
    if (!(await erase(id))) throw new ToolError("There is no such note, and nothing was deleted.");
    return { deleted: id };
  },
  async plan({ id }, { look }) {
    const note = await look(id);
    if (note === undefined) return { will: "Delete a note that is not there", lost: [] };
    const { title, size, updated } = note;
    return {
      will: `Delete the note “${title.replace(QUOTES, "’")}”`,
      lost: [`Its text of ${size} characters, last changed ${updated.slice(0, 10)}. There is no copy.`],
    };
  },
});
