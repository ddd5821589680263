-- Whose ledgers there are, and the short-lived passes of operators (made through wrangler, see src/bridge/operator).
CREATE TABLE person (subject TEXT PRIMARY KEY, since INTEGER NOT NULL, erased INTEGER);
CREATE TABLE operator_pass (hash TEXT PRIMARY KEY, expires INTEGER NOT NULL, may TEXT NOT NULL);
