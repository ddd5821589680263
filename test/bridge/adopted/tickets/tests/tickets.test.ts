// Yours: what the tickets' tools hand on.

import { expect, test } from "vitest";
import { listTickets } from "../tools/list-tickets.ts";
import { openTicket } from "../tools/open-ticket.ts";

const { signal } = new AbortController();

test("a ticket is opened under the title that was given, and listed", async () => {
  const kept: string[] = [];
  const id = await openTicket.run(openTicket.example, { open: async (title) => `${kept.push(title)}` }, signal);
  expect([id, kept]).toEqual([{ id: "1" }, [openTicket.example.title]]);
  expect(await listTickets.run({}, { list: async () => [{ id: "1", title: "t" }] }, signal)).toEqual({
    tickets: [{ id: "1", title: "t" }],
  });
});
