ALTER TABLE session ADD COLUMN seen_at    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN idle_until INTEGER NOT NULL DEFAULT 0; -- it ends then, unless something is done
ALTER TABLE session ADD COLUMN device     TEXT    NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address    TEXT    NOT NULL DEFAULT ''; -- the network, not the address
UPDATE session SET seen_at = created_at, idle_until = until;

ALTER TABLE visitor_token ADD COLUMN until INTEGER NOT NULL DEFAULT 0;
UPDATE visitor_token SET until = (unixepoch() + 37 * 86400) * 1000; -- whoever has one keeps it as long as a new one

CREATE TABLE second_factor (
  person    INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
  secret    BLOB    NOT NULL,                -- a code is made of it: it cannot be stored as a hash
  confirmed INTEGER NOT NULL DEFAULT 0,
  last_step INTEGER NOT NULL DEFAULT 0       -- codes up to this one are used up
) STRICT;

CREATE TABLE recovery_code (
  person INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  hash   BLOB    NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (person, hash)
) STRICT, WITHOUT ROWID;

-- Where an account was logged in from before: a stranger's guesses do not lock these out.
CREATE TABLE known_address (
  hash   BLOB    PRIMARY KEY CHECK (length(hash) = 32),
  person INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX known_address_person ON known_address (person, at);

CREATE TABLE audit (
  n       INTEGER PRIMARY KEY,               -- from 1, without holes
  at      INTEGER NOT NULL,
  who     TEXT    NOT NULL,
  what    TEXT    NOT NULL,
  matter  TEXT    NOT NULL,                  -- on what
  detail  TEXT    NOT NULL,
  address TEXT    NOT NULL,
  prev    BLOB    NOT NULL CHECK (length(prev) = 32),
  hash    BLOB    NOT NULL CHECK (length(hash) = 32) -- of everything before it in this row
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;

CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;

-- INSERT OR REPLACE takes a row's place without deleting it by name.
CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit
WHEN NEW.n IS NOT (SELECT coalesce(max(n), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;
