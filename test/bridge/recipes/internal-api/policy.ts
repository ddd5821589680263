import { tool } from "./bindings.ts";
import { orderHolder, orderReader } from "./capabilities/orders.ts";
import { holdOrder } from "./tools/hold-order.ts";
import { readOrder } from "./tools/read-order.ts";

export const policy = {
  // What it is asked for leaves the bridge. `output: "untrusted"` where strangers can write into what the API returns.
  read_order: tool(readOrder, {
    scope: "orders:read",
    effect: "read",
    capability: orderReader,
    output: "own",
    reaches: "outside",
  }),
  hold_order: tool(holdOrder, {
    scope: "orders:write",
    effect: "write",
    approval: "each-call",
    capability: orderHolder,
    plan: orderReader,
    output: "own",
    reaches: "outside",
  }),
};
