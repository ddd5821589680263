// Yours: what the two tools over orders say to their caller, and to the user who is asked.

import { expect, test } from "vitest";
import { ToolError } from "../../../../../src/bridge/index.ts";
import type { OrderReader } from "../capabilities/orders.ts";
import { holdOrder } from "../tools/hold-order.ts";
import { readOrder } from "../tools/read-order.ts";

const order = { id: "A-1", state: "packed", items: ["book"], version: "7" };
const signal = new AbortController().signal;
const reading = (answer: Awaited<ReturnType<OrderReader["read"]>>): OrderReader => ({ read: async () => answer });

test("read_order returns the order, and tells one that is not there from an API that does not answer", async () => {
  const read = (answer: Parameters<typeof reading>[0]) => readOrder.run(readOrder.example, reading(answer), signal);
  expect(await read({ order })).toEqual(order);
  await expect(read("gone")).rejects.toThrow(new ToolError("There is no such order."));
  await expect(read("failed")).rejects.toThrow(new ToolError("The order system did not answer. Try again later."));
});

test("hold_order says whether it was done, and its plan names the version that the user says yes to", async () => {
  const hold = (outcome: "held" | "changed") => holdOrder.run(holdOrder.example, { hold: async () => outcome }, signal);
  expect(await hold("held")).toEqual({ held: "A-1" });
  await expect(hold("changed")).rejects.toThrow("Nothing was changed.");
  const plan = await holdOrder.plan?.({ id: "A-1" }, reading({ order }));
  expect(plan).toEqual({
    will: "Put the order “A-1” on hold",
    lost: ["It is packed now, with 1 items."],
    version: "7",
  });
  expect((await holdOrder.plan?.({ id: "A-1" }, reading("gone")))?.version).toBeUndefined();
});
