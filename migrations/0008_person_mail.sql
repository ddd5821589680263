-- By which mail an operator can find somebody (`npm run guard -- who mail:…`): a keyed hash, no address. Null where no list asks for mails.
ALTER TABLE person ADD COLUMN mail TEXT;
CREATE INDEX person_mail ON person (mail);
