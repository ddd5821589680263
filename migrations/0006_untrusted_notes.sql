-- Notes that were written by a client which had just been handed text that others wrote: reading one is reading such text.
ALTER TABLE note ADD COLUMN untrusted INTEGER NOT NULL DEFAULT 0;
