// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool } from "../bridge/index.ts";
import type { NotesReader } from "../capabilities/notes.ts";

export const searchNotes = defineTool({
  title: "Search notes",
  description:
    "Finds the user's notes that contain every word of the query. Returns ids and titles: those with the query in the title first, then the others, newest first.",
  input: z.strictObject({
    query: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^\p{Cc}]*$/u, "has a control character"),
  }),
  output: z.object({ notes: z.array(z.object({ id: z.string(), title: z.string(), updated: z.string() })) }),
  example: { query: "milk" },
  async run({ query }, { search }: Pick<NotesReader, "search">) {
    return { notes: [...(await search(query))] };
  },
});
