-- How many clients registered in the current hour: one row for the whole bridge (src/bridge/oauth/registration.ts).
CREATE TABLE registrations (one INTEGER PRIMARY KEY CHECK (one = 1), hour INTEGER NOT NULL, count INTEGER NOT NULL);
