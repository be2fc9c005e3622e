-- When purge looks at a session (again). Use does not put it off, and an index of use would make every refresh dearer;
-- instead purge itself puts off what it finds alive. Within its unit, a number below zero marks what it deletes.
ALTER TABLE sessions ADD COLUMN review_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_by_review ON sessions (review_at);

-- A program that signs in again and again leaves many sessions that are over: lists of the living skip them.
CREATE INDEX sessions_living ON sessions (user_id) WHERE ended_at IS NULL;

-- Grants that ended inside a session which goes on.
CREATE INDEX grants_by_end ON grants (ended_at) WHERE ended_at IS NOT NULL;
