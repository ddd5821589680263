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
