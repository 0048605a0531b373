-- One row: what is true of the whole data set.
CREATE TABLE meta (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  epoch          INTEGER NOT NULL,           -- random 64 bits, as a signed number
  commits        INTEGER NOT NULL,           -- rises with every transaction
  people_version INTEGER NOT NULL
) STRICT;

-- A small key of its own: entries of new conversations then lie together at the end of their tree.
CREATE TABLE conversation (
  key           INTEGER PRIMARY KEY,
  id            BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
  head          INTEGER NOT NULL CHECK (head >= 0),
  visitor_head  INTEGER NOT NULL,
  ver           INTEGER NOT NULL,
  owner         INTEGER NOT NULL,            -- 0 bot, 1 queue, 2 agent, 3 closed
  agent         INTEGER,
  visitor       BLOB    NOT NULL CHECK (length(visitor) = 16),
  department    TEXT,
  priority      INTEGER NOT NULL,            -- 0 normal, 1 high, 2 urgent
  waiting_since INTEGER,
  opened_at     INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  unanswered    INTEGER NOT NULL,            -- the bot owes an answer
  state         BLOB    NOT NULL,            -- everything, as JSON; the columns before it are copies for the indexes
  CHECK ((owner = 2) = (agent IS NOT NULL))
) STRICT;

CREATE INDEX conversation_waiting    ON conversation (priority DESC, waiting_since, key) WHERE owner = 1;
CREATE INDEX conversation_assigned   ON conversation (agent, opened_at, key) WHERE owner = 2;
CREATE INDEX conversation_visitor    ON conversation (visitor, opened_at);
CREATE INDEX conversation_updated    ON conversation (updated_at);
CREATE INDEX conversation_unanswered ON conversation (updated_at) WHERE unanswered = 1;

CREATE TABLE entry (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  seq          INTEGER NOT NULL CHECK (seq > 0),
  at           INTEGER NOT NULL,
  author       INTEGER NOT NULL,             -- 0 visitor, 1 bot, 2 agent, 3 system
  agent        INTEGER NOT NULL,             -- 0 where the author is none
  kind         TEXT    NOT NULL,
  body         BLOB    NOT NULL,             -- JSON
  cmid         TEXT,
  digest       BLOB,
  PRIMARY KEY (conversation, seq),
  CHECK ((cmid IS NULL) = (digest IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX entry_sent ON entry (conversation, author, agent, cmid) WHERE cmid IS NOT NULL;

CREATE TABLE visitor (
  id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE visitor_token (
  hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
  visitor    BLOB    NOT NULL REFERENCES visitor (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX visitor_token_visitor ON visitor_token (visitor);

CREATE TABLE person (
  id            INTEGER PRIMARY KEY AUTOINCREMENT, -- logs name people by it: never given twice
  email         TEXT    NOT NULL UNIQUE,
  name          TEXT    NOT NULL,
  role          TEXT    NOT NULL,
  departments   TEXT    NOT NULL,            -- JSON array
  capacity      INTEGER NOT NULL,
  disabled      INTEGER NOT NULL DEFAULT 0,
  password_hash TEXT    NOT NULL
) STRICT;

CREATE TABLE session (
  hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
  person     INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  until      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_person ON session (person);
CREATE INDEX session_until  ON session (until);

-- Empty: a probe writes here and takes it back.
CREATE TABLE probe (
  filler BLOB NOT NULL
) STRICT;
