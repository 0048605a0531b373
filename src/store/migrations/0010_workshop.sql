-- Files of contents, each once however many releases hold it. Nothing here is ever changed or taken away.
CREATE TABLE content_file (
  hash     BLOB    PRIMARY KEY CHECK (length(hash) = 32),  -- SHA-256 of the file as it was
  size     INTEGER NOT NULL,                               -- bytes of it
  deflated BLOB    NOT NULL
) STRICT;

-- Contents that were published. What visitors wrote is in them only where an editor has put it there.
CREATE TABLE release (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  name     TEXT    NOT NULL UNIQUE,
  version  TEXT    NOT NULL,                 -- of the content, as bot entries record it
  author   TEXT    NOT NULL,
  revision TEXT,                             -- the commit of the checkout that it came from
  message  TEXT    NOT NULL,
  summary  TEXT,                             -- JSON: what it changed
  bytes    INTEGER NOT NULL,                 -- of all files
  at       INTEGER NOT NULL
) STRICT;

CREATE INDEX release_version ON release (version);

CREATE TABLE release_file (
  release INTEGER NOT NULL REFERENCES release (id),
  path    TEXT    NOT NULL,
  hash    BLOB    NOT NULL REFERENCES content_file (hash),
  PRIMARY KEY (release, path)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER content_file_stays BEFORE UPDATE ON content_file BEGIN SELECT raise(ABORT, 'a release is never changed'); END;
CREATE TRIGGER content_file_kept BEFORE DELETE ON content_file BEGIN SELECT raise(ABORT, 'a release is never changed'); END;
CREATE TRIGGER release_stays BEFORE UPDATE ON release BEGIN SELECT raise(ABORT, 'a release is never changed'); END;
CREATE TRIGGER release_kept BEFORE DELETE ON release BEGIN SELECT raise(ABORT, 'a release is never changed'); END;
CREATE TRIGGER release_file_stays BEFORE UPDATE ON release_file BEGIN SELECT raise(ABORT, 'a release is never changed'); END;
CREATE TRIGGER release_file_kept BEFORE DELETE ON release_file BEGIN SELECT raise(ABORT, 'a release is never changed'); END;

-- What was made live, and when: the last one is.
CREATE TABLE release_move (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  release INTEGER NOT NULL REFERENCES release (id),
  at      INTEGER NOT NULL,
  by      TEXT    NOT NULL                   -- as in the audit table
) STRICT;

-- What editors write together before it is published: one at most. Its number is never given twice.
CREATE TABLE draft (
  rev  INTEGER PRIMARY KEY AUTOINCREMENT,
  base TEXT    NOT NULL,                     -- version of the content that it was begun on
  at   INTEGER NOT NULL,
  by   TEXT    NOT NULL
) STRICT;

CREATE TABLE draft_file (
  path  TEXT PRIMARY KEY,
  bytes BLOB,                                -- none: deleted
  was   BLOB CHECK (length(was) = 32)        -- SHA-256 of the file that it changes; none: there was none
) STRICT, WITHOUT ROWID;

-- Questions that editors do not want to answer, redacted; gone when conversations of their age are.
CREATE TABLE ignored (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  text TEXT    NOT NULL UNIQUE,
  at   INTEGER NOT NULL,
  by   TEXT    NOT NULL
) STRICT;

CREATE INDEX ignored_at ON ignored (at);
