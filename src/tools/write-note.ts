// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool } from "../bridge/index.ts";
import type { NotesWriter } from "../capabilities/notes.ts";

export const writeNote = defineTool({
  title: "Write a note",
  description: "Adds a note.",
  input: z.strictObject({
    title: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^\p{Cc}]*$/u, "has a control character"),
    text: z.string().max(20_000),
  }),
  output: z.object({ id: z.string(), remark: z.string().optional() }),
  example: { title: "Groceries", text: "Milk, bread" },
  run: (note, { write }: NotesWriter) => write(note),
});
