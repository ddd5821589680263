// Yours: tickets in D1, one user's only.

import { store } from "../bindings.ts";

export interface Ticket {
  readonly id: string;
  readonly title: string;
}
export interface TicketsReader {
  readonly list: () => Promise<readonly Ticket[]>;
}
export interface TicketsWriter {
  readonly open: (title: string) => Promise<string>;
}

export const tickets = store({
  name: "tickets",
  tables: ["ticket"],
  async erase({ DB }, subject) {
    await DB.prepare("DELETE FROM ticket WHERE subject = ?1").bind(subject).run();
  },
  async export({ DB }, subject) {
    return (await DB.prepare("SELECT id, title FROM ticket WHERE subject = ?1").bind(subject).all()).results;
  },
  async count({ DB }, subject) {
    const counted = DB.prepare("SELECT count(*) AS n FROM ticket WHERE subject = ?1").bind(subject);
    return (await counted.first<number>("n")) ?? 0;
  },
});

export const ticketsReader = tickets.reads(
  "ticketsReader",
  ({ DB }, { subject }): TicketsReader => ({
    list: async () =>
      (await DB.prepare("SELECT id, title FROM ticket WHERE subject = ?1").bind(subject).all<Ticket>()).results,
  }),
);

export const ticketsWriter = tickets.writes(
  "ticketsWriter",
  ({ DB }, { subject }): TicketsWriter => ({
    async open(title) {
      const id = crypto.randomUUID();
      await DB.prepare("INSERT INTO ticket (id, subject, title) VALUES (?1, ?2, ?3)").bind(id, subject, title).run();
      return id;
    },
  }),
);
