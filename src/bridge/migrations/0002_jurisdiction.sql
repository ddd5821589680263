-- The jurisdiction that the ledgers of this bridge were made in; '' for none (src/bridge/ledger/jurisdiction.ts).
CREATE TABLE jurisdiction (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL);
