// Notes in D1, one person's only: every statement is prepared and bound to the subject, so another's id is "not found".
// A tool is handed the reader, the writer or the eraser, never the database.

import type { Principal } from "../authz/principal.ts";
import type { Bindings } from "../env.ts";

export interface Note {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** ISO 8601. */
  readonly updated: string;
}

export interface NotesReader {
  /** Up to 20 notes that contain every word of `query`, best match first. */
  readonly search: (query: string) => Promise<readonly Pick<Note, "id" | "title" | "updated">[]>;
  readonly read: (id: string) => Promise<Note | undefined>;
}

export interface NotesWriter {
  /** Adds a note, or replaces the one called `id`; undefined when there is no such note. */
  readonly write: (note: {
    readonly id?: string | undefined;
    readonly title: string;
    readonly text: string;
  }) => Promise<string | undefined>;
}

export interface NotesEraser {
  /** What would be lost, without its text; undefined when there is no such note. `size` in characters. */
  readonly look: (
    id: string,
  ) => Promise<{ readonly title: string; readonly size: number; readonly updated: string } | undefined>;
  /** Deletes the note called `id`; false when there is no such note. */
  readonly erase: (id: string) => Promise<boolean>;
}

export function notesReader({ DB }: Pick<Bindings, "DB">, { subject }: Principal): NotesReader {
  return {
    async search(query) {
      const terms = quoted(query);
      if (terms === "") return [];
      const { results } = await DB.prepare(
        `SELECT note.id, note.title, note.updated FROM note_text JOIN note ON note.rowid = note_text.rowid
         WHERE note_text MATCH ?1 AND note.subject = ?2 ORDER BY note_text.rank LIMIT 20`,
      )
        .bind(terms, subject)
        .all<Pick<Note, "id" | "title" | "updated">>();
      return results;
    },
    async read(id) {
      const row = await DB.prepare("SELECT id, title, text, updated FROM note WHERE id = ?1 AND subject = ?2")
        .bind(id, subject)
        .first<Note>();
      return row ?? undefined;
    },
  };
}

export function notesWriter({ DB }: Pick<Bindings, "DB">, { subject }: Principal): NotesWriter {
  return {
    async write({ id, title, text }) {
      const updated = new Date().toISOString();
      if (id === undefined) {
        const fresh = crypto.randomUUID();
        await DB.prepare("INSERT INTO note (id, subject, title, text, updated) VALUES (?1, ?2, ?3, ?4, ?5)")
          .bind(fresh, subject, title, text, updated)
          .run();
        return fresh;
      }
      const { meta } = await DB.prepare(
        "UPDATE note SET title = ?3, text = ?4, updated = ?5 WHERE id = ?1 AND subject = ?2",
      )
        .bind(id, subject, title, text, updated)
        .run();
      return meta.changes > 0 ? id : undefined;
    },
  };
}

export function notesEraser({ DB }: Pick<Bindings, "DB">, { subject }: Principal): NotesEraser {
  return {
    async look(id) {
      const row = await DB.prepare(
        "SELECT title, length(text) AS size, updated FROM note WHERE id = ?1 AND subject = ?2",
      )
        .bind(id, subject)
        .first<{ title: string; size: number; updated: string }>();
      return row ?? undefined;
    },
    async erase(id) {
      const { meta } = await DB.prepare("DELETE FROM note WHERE id = ?1 AND subject = ?2").bind(id, subject).run();
      return meta.changes > 0;
    },
  };
}

/** FTS5 has a query language; quoting every term leaves none of it to the caller. */
function quoted(query: string): string {
  return query
    .split(/\s+/)
    .filter((term) => term !== "")
    .map((term) => `"${term.replaceAll('"', '""')}"`)
    .join(" ");
}
