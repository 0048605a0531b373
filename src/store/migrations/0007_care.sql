-- What was put off until a time, and what somebody is named in: both few among many.
ALTER TABLE conversation ADD COLUMN due       INTEGER;
ALTER TABLE conversation ADD COLUMN mentioned INTEGER NOT NULL DEFAULT 0;

CREATE INDEX conversation_due       ON conversation (due)        WHERE due IS NOT NULL;
CREATE INDEX conversation_mentioned ON conversation (updated_at) WHERE mentioned = 1;
CREATE INDEX conversation_closed    ON conversation (updated_at) WHERE owner = 3;
