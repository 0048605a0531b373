-- What an operator says to all visitors, such as that something is broken: one at a time.
CREATE TABLE notice (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  texts TEXT    NOT NULL,                    -- JSON object: a text each language
  until INTEGER                              -- none: until it is taken away
) STRICT;
