CREATE TABLE note (
  id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  updated TEXT NOT NULL
);
CREATE INDEX note_subject ON note (subject);

CREATE VIRTUAL TABLE note_text USING fts5(title, text, content = 'note', content_rowid = 'rowid');
CREATE TRIGGER note_added AFTER INSERT ON note BEGIN
  INSERT INTO note_text (rowid, title, text) VALUES (new.rowid, new.title, new.text);
END;
CREATE TRIGGER note_removed AFTER DELETE ON note BEGIN
  INSERT INTO note_text (note_text, rowid, title, text) VALUES ('delete', old.rowid, old.title, old.text);
END;
CREATE TRIGGER note_replaced AFTER UPDATE ON note BEGIN
  INSERT INTO note_text (note_text, rowid, title, text) VALUES ('delete', old.rowid, old.title, old.text);
  INSERT INTO note_text (rowid, title, text) VALUES (new.rowid, new.title, new.text);
END;
