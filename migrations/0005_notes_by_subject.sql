-- The index of words knows whose note a word stands in: a search reads one person's rows, and nothing of anybody else's.
DROP TRIGGER note_added;
DROP TRIGGER note_removed;
DROP TRIGGER note_replaced;
DROP TABLE note_text;

CREATE VIRTUAL TABLE note_text USING fts5(subject, title, text, content = 'note', content_rowid = 'rowid');
INSERT INTO note_text (note_text) VALUES ('rebuild');
CREATE TRIGGER note_added AFTER INSERT ON note BEGIN
  INSERT INTO note_text (rowid, subject, title, text) VALUES (new.rowid, new.subject, new.title, new.text);
END;
CREATE TRIGGER note_removed AFTER DELETE ON note BEGIN
  INSERT INTO note_text (note_text, rowid, subject, title, text)
  VALUES ('delete', old.rowid, old.subject, old.title, old.text);
END;
CREATE TRIGGER note_replaced AFTER UPDATE ON note BEGIN
  INSERT INTO note_text (note_text, rowid, subject, title, text)
  VALUES ('delete', old.rowid, old.subject, old.title, old.text);
  INSERT INTO note_text (rowid, subject, title, text) VALUES (new.rowid, new.subject, new.title, new.text);
END;
