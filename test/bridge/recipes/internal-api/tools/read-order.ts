// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool, ToolError } from "../../../../../src/bridge/index.ts";
import type { OrderReader } from "../capabilities/orders.ts";

export const readOrder = defineTool({
  title: "Read an order",
  description: "Returns one of the user's orders by its number.",
  input: z.strictObject({ id: z.string().min(1).max(64) }),
  output: z.object({ id: z.string(), state: z.string(), items: z.array(z.string()) }),
  example: { id: "A-1" },
  async run({ id }, { read }: OrderReader, signal) {
    const found = await read(id, signal);
    if (found === "gone") throw new ToolError("There is no such order.");
    if (found === "failed") throw new ToolError("The order system did not answer. Try again later.");
    return found.order;
  },
});
