-- What people keep beside the log: canned replies, macros, views, wording rules. Nothing of visitors stands in it.
CREATE TABLE keep (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL CHECK (kind IN ('canned', 'macros', 'views', 'wording')),
  owner      INTEGER REFERENCES person (id) ON DELETE CASCADE, -- none: everybody's
  name       TEXT,                           -- the shortcut of a canned reply: one of each owner
  body       TEXT    NOT NULL,               -- JSON
  updated_at INTEGER NOT NULL,
  by         INTEGER NOT NULL
) STRICT;

CREATE INDEX keep_owner ON keep (owner, kind);
CREATE UNIQUE INDEX keep_name ON keep (kind, coalesce(owner, 0), name) WHERE name IS NOT NULL;

-- Wording rules of the program that the team has switched off.
CREATE TABLE wording_off (
  name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Visitors who may not write; gone with the visitor.
CREATE TABLE blocked (
  visitor BLOB    PRIMARY KEY CHECK (length(visitor) = 16) REFERENCES visitor (id) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  until   INTEGER,                           -- none: until somebody ends it
  reason  TEXT    NOT NULL,
  by      TEXT    NOT NULL                   -- as in the audit table
) STRICT, WITHOUT ROWID;

-- Departments that take no new chats.
CREATE TABLE paused (
  department TEXT    PRIMARY KEY,
  at         INTEGER NOT NULL,
  reason     TEXT    NOT NULL,
  by         TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- What agents tell the editors: about words of a conversation, and gone with it.
CREATE TABLE suggestion (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  seq          INTEGER NOT NULL,
  kind         TEXT    NOT NULL CHECK (kind IN ('should_have', 'make_answer', 'wording')),
  target       TEXT,
  text         TEXT,
  note         TEXT,
  at           INTEGER NOT NULL,
  by           INTEGER NOT NULL
) STRICT;

CREATE INDEX suggestion_conversation ON suggestion (conversation);
CREATE INDEX suggestion_by           ON suggestion (by, id);
