import * as z from "zod";
import { defineTool } from "../bridge/gate/tool.ts";
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
  run: (note, { write }: NotesWriter) => write(note),
});
