-- How many clients registered from one network in the current hour (src/bridge/oauth/registration.ts). A network is known by a hash.
CREATE TABLE registration_share (network TEXT PRIMARY KEY, hour INTEGER NOT NULL, count INTEGER NOT NULL);
