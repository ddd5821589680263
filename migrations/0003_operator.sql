-- Whose ledgers there are, and the short-lived passes of `npm run audit` (made by the operator through wrangler).
CREATE TABLE person (subject TEXT PRIMARY KEY, since INTEGER NOT NULL);
CREATE TABLE operator_pass (hash TEXT PRIMARY KEY, expires INTEGER NOT NULL);
