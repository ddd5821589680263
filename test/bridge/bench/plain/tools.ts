// For comparison only, never to be deployed: the first five tools of the template as a quickstart would write them. Each takes the
// database and the signed-in user; nobody asks what the token may do, and nothing is written down.

import * as z from "zod";

export interface PlainEnv {
  readonly OAUTH_KV: KVNamespace;
  readonly DB: D1Database;
  readonly PUBLIC_URL: string;
}

/** What /authorize stored with the grant. */
export interface Props extends Record<string, unknown> {
  readonly subject: string;
  readonly name: string;
  readonly client: string;
  readonly scopes: readonly string[];
}

export const whoami = {
  config: { description: "Returns who is signed in.", inputSchema: z.object({}) },
  run: async ({ name, subject, client, scopes }: Props) => text({ name, subject, client, scopes }),
};

export const searchNotes = {
  config: {
    description: "Finds the notes that contain every word of the query.",
    inputSchema: z.object({ query: z.string().min(1).max(200) }),
  },
  async run({ query }: { query: string }, db: D1Database, { subject }: Props) {
    const terms = query.replaceAll('"', '""').split(/\s+/).filter(Boolean);
    const { results } = await db
      .prepare(
        `SELECT note.id, note.title, note.updated FROM note_text JOIN note ON note.rowid = note_text.rowid
         WHERE note_text MATCH ?1 AND note.subject = ?2
         ORDER BY instr(lower(note.title), lower(?3)) > 0 DESC, note.updated DESC, note.id LIMIT 20`,
      )
      .bind(`subject : "${subject}" AND {title text} : (${terms.map((term) => `"${term}"`).join(" ")})`, subject, query)
      .all();
    return text({ notes: results });
  },
};

export const readNote = {
  config: { description: "Returns one note by its id.", inputSchema: z.object({ id: z.string() }) },
  async run({ id }: { id: string }, db: D1Database, { subject }: Props) {
    const note = await db
      .prepare("SELECT id, title, text, updated FROM note WHERE id = ?1 AND subject = ?2")
      .bind(id, subject)
      .first();
    return text(note ?? { error: "There is no such note." });
  },
};

export const writeNote = {
  config: {
    description: "Adds a note.",
    inputSchema: z.object({ title: z.string(), text: z.string() }),
  },
  async run(note: { title: string; text: string }, db: D1Database, { subject }: Props) {
    const id = crypto.randomUUID();
    await db
      .prepare("INSERT INTO note (id, subject, title, text, updated) VALUES (?1, ?2, ?3, ?4, ?5)")
      .bind(id, subject, note.title, note.text, new Date().toISOString())
      .run();
    return text({ id });
  },
};

export const replaceNote = {
  config: {
    description: "Replaces the note with this id.",
    inputSchema: z.object({ id: z.string(), title: z.string(), text: z.string() }),
  },
  async run(note: { id: string; title: string; text: string }, db: D1Database, { subject }: Props) {
    const { meta } = await db
      .prepare("UPDATE note SET title = ?3, text = ?4, updated = ?5 WHERE id = ?1 AND subject = ?2")
      .bind(note.id, subject, note.title, note.text, new Date().toISOString())
      .run();
    return text(meta.changes === 0 ? { error: "There is no such note." } : { id: note.id });
  },
};

function text(value: unknown) {
  return { content: [{ type: "text" as const, text: JSON.stringify(value) }] };
}
