// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool } from "../../../../../src/bridge/index.ts";
import type { TicketsReader } from "../capabilities/tickets.ts";

export const listTickets = defineTool({
  title: "List tickets",
  description: "Returns the user's tickets.",
  input: z.strictObject({}),
  output: z.object({ tickets: z.array(z.object({ id: z.string(), title: z.string() })) }),
  example: {},
  run: async (_args, { list }: TicketsReader) => ({ tickets: [...(await list())] }),
});
