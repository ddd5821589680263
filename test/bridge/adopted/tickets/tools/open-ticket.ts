// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool } from "../../../../../src/bridge/index.ts";
import type { TicketsWriter } from "../capabilities/tickets.ts";

export const openTicket = defineTool({
  title: "Open a ticket",
  description: "Opens a ticket for the user.",
  input: z.strictObject({ title: z.string().min(1).max(200) }),
  output: z.object({ id: z.string() }),
  example: { title: "The printer is on fire" },
  run: async ({ title }, { open }: TicketsWriter) => ({ id: await open(title) }),
});
