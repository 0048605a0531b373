-- A visitor is one site's. Whoever has conversations is where the last one began; empty: this server's own pages.
ALTER TABLE visitor ADD COLUMN site TEXT NOT NULL DEFAULT '';
UPDATE visitor SET site = coalesce(
  (SELECT json_extract(CAST(c.state AS TEXT), '$.visit.site') FROM conversation c
   WHERE c.visitor = visitor.id ORDER BY c.opened_at DESC, c.key DESC LIMIT 1), '');

-- How a site that a command added signs who its visitors are.
CREATE TABLE site_key (
  site TEXT PRIMARY KEY,
  alg  TEXT NOT NULL CHECK (alg IN ('HS256', 'EdDSA')),
  key  BLOB NOT NULL                         -- the secret as it is: signatures are checked with it
) STRICT, WITHOUT ROWID;

-- The last row of the audit table that was deleted with age: what follows begins with its hash.
CREATE TABLE audit_anchor (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  n    INTEGER NOT NULL,
  hash BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

DROP TRIGGER audit_is_not_shortened;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
WHEN OLD.n > coalesce((SELECT n FROM audit_anchor), 0)
BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;

-- An anchor moves on along rows that are there, and never back.
CREATE TRIGGER audit_anchor_is_a_row BEFORE INSERT ON audit_anchor
WHEN NOT EXISTS (SELECT 1 FROM audit WHERE n = NEW.n AND hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the anchor must be a row of the audit table'); END;

CREATE TRIGGER audit_anchor_is_not_changed BEFORE UPDATE ON audit_anchor
WHEN NEW.n <= OLD.n OR NOT EXISTS (SELECT 1 FROM audit WHERE n = NEW.n AND hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the anchor must be a row of the audit table'); END;

CREATE TRIGGER audit_anchor_stays BEFORE DELETE ON audit_anchor
BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;
