-- Who a site says that a visitor is, by a signature. What visitors type stands in the conversation's state.
CREATE TABLE identity (
  site        TEXT    NOT NULL,
  subject     TEXT    NOT NULL,
  visitor     BLOB    NOT NULL UNIQUE REFERENCES visitor (id) ON DELETE CASCADE,
  name        TEXT,
  email       TEXT,                          -- in lower case
  attributes  TEXT    NOT NULL,              -- JSON object of texts
  verified_at INTEGER NOT NULL,
  not_before  INTEGER NOT NULL DEFAULT 0,    -- the person logged out then: what was signed before counts no more
  PRIMARY KEY (site, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_email ON identity (email) WHERE email IS NOT NULL;

-- Signatures that may be used once.
CREATE TABLE used_signature (
  hash  BLOB    PRIMARY KEY CHECK (length(hash) = 32),
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A nameless visitor who turned out to be somebody known.
CREATE TABLE joined (
  visitor BLOB PRIMARY KEY CHECK (length(visitor) = 16),
  became  BLOB NOT NULL CHECK (length(became) = 16)
) STRICT, WITHOUT ROWID;

CREATE INDEX joined_became ON joined (became);

-- Tombstones: visitors and conversations that were erased. They never come back, not from a backup either.
CREATE TABLE erased (
  n  INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
  at INTEGER NOT NULL
) STRICT;
