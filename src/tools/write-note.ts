import * as z from "zod";
import { defineTool, ToolError } from "../authz/tool.ts";
import type { NotesWriter } from "../capabilities/notes.ts";

const REMARK =
  "Saved, and marked as untrusted, because this connection may have been handed text that others wrote in the last 15 minutes. Whoever reads the note is told so.";

export const writeNote = defineTool({
  title: "Write a note",
  description: "Adds a note. With the id of an existing note it replaces that note's title and text.",
  input: z.strictObject({
    title: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^\p{Cc}]*$/u, "has a control character"),
    text: z.string().max(20_000),
    id: z.uuid().optional(),
  }),
  output: z.object({ id: z.string(), remark: z.string().optional() }),
  async run({ id, title, text }, { write }: NotesWriter) {
    const written = await write({ id, title, text });
    if (written === undefined) throw new ToolError("There is no such note, and nothing was written.");
    return written.untrusted ? { id: written.id, remark: REMARK } : { id: written.id };
  },
});
