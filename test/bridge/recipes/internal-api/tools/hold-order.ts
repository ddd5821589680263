// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool, quote, ToolError } from "../../../../../src/bridge/index.ts";
import type { OrderHolder, OrderReader } from "../capabilities/orders.ts";

export const holdOrder = defineTool({
  title: "Hold an order",
  description: "Puts one of the user's orders on hold by its number, so that it is not sent.",
  input: z.strictObject({ id: z.string().min(1).max(64) }),
  output: z.object({ held: z.string() }),
  example: { id: "A-1" },
  async run({ id }, { hold }: OrderHolder, signal) {
    const outcome = await hold(id, signal);
    if (outcome === "held") return { held: id };
    if (outcome === "gone") throw new ToolError("There is no such order.");
    if (outcome === "changed") throw new ToolError("The order is not as the user approved it. Nothing was changed.");
    throw new ToolError("The order system did not answer. It may have put the order on hold: read the order.");
  },
  async plan({ id }, { read }: OrderReader) {
    const found = await read(id);
    if (typeof found === "string") return { will: "Hold an order that cannot be read now", lost: [] };
    const { state, items, version } = found.order;
    return {
      will: `Put the order ${quote(id)} on hold`,
      lost: [`It is ${state} now, with ${items.length} items.`],
      version,
    };
  },
});
