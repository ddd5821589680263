import { tool } from "./bindings.ts";
import { ticketsReader, ticketsWriter } from "./capabilities/tickets.ts";
import { listTickets } from "./tools/list-tickets.ts";
import { openTicket } from "./tools/open-ticket.ts";

export const policy = {
  list_tickets: tool(listTickets, {
    scope: "tickets:read",
    effect: "read",
    capability: ticketsReader,
    output: "own",
    reaches: "nothing",
  }),
  open_ticket: tool(openTicket, {
    scope: "tickets:write",
    effect: "write",
    approval: "never",
    capability: ticketsWriter,
    output: "own",
    reaches: "nothing",
  }),
};
