-- CONTROL: what the bridge itself has to know, apart from the app's own database.
-- What an operator set (`npm run guard`), and the chain of who set what.
CREATE TABLE switch (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (kind, value)
);
CREATE TABLE operator_act (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  act TEXT NOT NULL,
  hash TEXT NOT NULL
);
-- Whose ledgers there are. `mail`: a keyed hash by which an operator finds somebody; null where no list asks for mails.
CREATE TABLE person (subject TEXT PRIMARY KEY, since INTEGER NOT NULL, erased INTEGER, mail TEXT);
CREATE INDEX person_mail ON person (mail);
-- The short-lived passes of operators (made through wrangler, see src/bridge/operator).
CREATE TABLE operator_pass (hash TEXT PRIMARY KEY, expires INTEGER NOT NULL, may TEXT NOT NULL);
-- How many clients registered in the current hour: one row for the whole bridge, and one for each network, known by a hash.
CREATE TABLE registrations (one INTEGER PRIMARY KEY CHECK (one = 1), hour INTEGER NOT NULL, count INTEGER NOT NULL);
CREATE TABLE registration_share (network TEXT PRIMARY KEY, hour INTEGER NOT NULL, count INTEGER NOT NULL);
-- When the rows of a copy that kept all this in DB were carried over, or it was seen that there are none (src/bridge/ledger/carry.ts).
CREATE TABLE carried (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL);
