// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool, ToolError } from "../bridge/index.ts";
import type { NotesReader } from "../capabilities/notes.ts";

export const readNote = defineTool({
  title: "Read a note",
  description: "Returns one of the user's notes by its id.",
  input: z.strictObject({ id: z.uuid() }),
  output: z.object({ id: z.string(), title: z.string(), text: z.string(), updated: z.string() }),
  example: { id: "0b6f6f0e-5d3c-4c3f-9d1a-2f4f6a1b7c8d" },
  async run({ id }, { read }: Pick<NotesReader, "read">) {
    const note = await read(id);
    if (note === undefined) throw new ToolError("There is no such note.");
    return note;
  },
});
