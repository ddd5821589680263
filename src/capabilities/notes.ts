// Yours: notes in D1, one user's only: every statement is prepared and bound to the subject, so another's id is "not found".
// A tool is handed the reader, the writer, the replacer or the eraser, never the database. A note remembers whether its writer was
// under the influence of text that others wrote, and says so to anyone who reads it, until somebody who is not replaces it.

import { store } from "../bindings.ts";
import type { D1Reader } from "../bridge/index.ts";

/** What is kept of one user, and how all of it goes. */
export const notes = store({
  name: "notes",
  tables: ["note"],
  async erase({ DB }, subject) {
    await DB.prepare("DELETE FROM note WHERE subject = ?1").bind(subject).run();
  },
  async export({ DB }, subject) {
    const kept = DB.prepare("SELECT id, title, text, updated, untrusted FROM note WHERE subject = ?1").bind(subject);
    return (await kept.all()).results;
  },
  async count({ DB }, subject) {
    return (
      (await DB.prepare("SELECT count(*) AS n FROM note WHERE subject = ?1").bind(subject).first<number>("n")) ?? 0
    );
  },
});

export interface Note {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** ISO 8601. */
  readonly updated: string;
}

export interface NotesReader {
  /** Up to 20 notes that contain every word of `query`: those with `query` in the title first, then the newest. */
  readonly search: (query: string) => Promise<readonly Pick<Note, "id" | "title" | "updated">[]>;
  readonly read: (id: string) => Promise<Note | undefined>;
}

export interface NotesWriter {
  /** Adds a note. */
  readonly write: (note: Pick<Note, "title" | "text">) => Promise<Written>;
}

export interface Written {
  readonly id: string;
  /** It is marked, said to the caller: its text may be the doing of what the client had read. */
  readonly remark?: string;
}

export interface NotesLooker {
  /** What would be lost; undefined when there is no such note. `start`: its first 200 characters, of `size`. */
  readonly look: (
    id: string,
  ) => Promise<
    (Pick<Note, "title"> & { readonly start: string; readonly size: number; readonly updated: string }) | undefined
  >;
}

export interface NotesReplacer extends NotesLooker {
  /** Replaces title and text of the note called `id`; undefined when there is none, or it is not as it was approved. */
  readonly replace: (note: Pick<Note, "id" | "title" | "text">) => Promise<Written | undefined>;
}

export interface NotesEraser extends NotesLooker {
  /** Deletes the note called `id`; false when there is none, or it is not as it was approved. */
  readonly erase: (id: string) => Promise<boolean>;
}

const REMARK =
  "Saved, and marked as untrusted, because this connection may have been handed text that others wrote in the last 15 minutes. Anyone who reads the note is told so.";

type Row<T> = T & { readonly untrusted: number };

export const notesReader = notes.reads("notesReader", ({ DB }, { subject }, from): NotesReader => {
  const told = <T extends { readonly id: string }>({ untrusted, ...note }: Row<T>) => {
    if (untrusted !== 0) from.mark(`your note ${note.id}`);
    return note;
  };
  return {
    // Not ordered by FTS5's rank: it knows how common a word is in everybody's notes.
    async search(query) {
      const terms = quoted(query);
      if (terms === "") return [];
      const { results } = await DB.prepare(
        `SELECT note.id, note.title, note.updated, note.untrusted FROM note_text JOIN note ON note.rowid = note_text.rowid
         WHERE note_text MATCH ?1 AND note.subject = ?2
         ORDER BY instr(lower(note.title), lower(?3)) > 0 DESC, note.updated DESC, note.id LIMIT 20`,
      )
        .bind(`subject : ${quoted(subject)} AND {title text} : (${terms})`, subject, query)
        .all<Row<Pick<Note, "id" | "title" | "updated">>>();
      return results.map(told);
    },
    async read(id) {
      const row = await DB.prepare(
        "SELECT id, title, text, updated, untrusted FROM note WHERE id = ?1 AND subject = ?2",
      )
        .bind(id, subject)
        .first<Row<Note>>();
      return row === null ? undefined : told(row);
    },
  };
});

export const notesWriter = notes.writes("notesWriter", ({ DB }, { subject }, { tainted }): NotesWriter => {
  return {
    async write({ title, text }) {
      const id = crypto.randomUUID();
      await DB.prepare(
        "INSERT INTO note (id, subject, title, text, updated, untrusted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      )
        .bind(id, subject, title, text, new Date().toISOString(), tainted ? 1 : 0)
        .run();
      return written(id, tainted);
    },
  };
});

export const notesReplacer = notes.writes("notesReplacer", ({ DB }, { subject }, from): NotesReplacer => {
  const { tainted, approved } = from;
  // A tainted client replaces what was approved and nothing else; any other whatever is there.
  const version = tainted ? (approved ?? "") : approved;
  return {
    look: lookFor(DB, subject),
    async replace({ id, title, text }) {
      // Not meta.changes, which counts what the triggers of the search index do.
      const replaced = await DB.prepare(
        `UPDATE note SET title = ?3, text = ?4, updated = ?5, untrusted = ?6
         WHERE id = ?1 AND subject = ?2 AND (?7 IS NULL OR updated = ?7) RETURNING id`,
      )
        .bind(id, subject, title, text, new Date().toISOString(), tainted ? 1 : 0, version)
        .first();
      return replaced === null ? undefined : written(id, tainted);
    },
  };
});

export const notesEraser = notes.writes("notesEraser", ({ DB }, { subject }, { approved }): NotesEraser => {
  return {
    look: lookFor(DB, subject),
    async erase(id) {
      const erased = await DB.prepare("DELETE FROM note WHERE id = ?1 AND subject = ?2 AND updated = ?3 RETURNING id")
        .bind(id, subject, approved ?? "")
        .first();
      return erased !== null;
    },
  };
});

export const notesLooker = notes.reads(
  "notesLooker",
  ({ DB }, { subject }): NotesLooker => ({ look: lookFor(DB, subject) }),
);

function written(id: string, tainted: boolean): Written {
  return tainted ? { id, remark: REMARK } : { id };
}

function lookFor(DB: Pick<D1Reader, "prepare">, subject: string): NotesLooker["look"] {
  return async (id) => {
    const row = await DB.prepare(
      "SELECT title, substr(text, 1, 200) AS start, length(text) AS size, updated FROM note WHERE id = ?1 AND subject = ?2",
    )
      .bind(id, subject)
      .first<{ title: string; start: string; size: number; updated: string }>();
    return row ?? undefined;
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
