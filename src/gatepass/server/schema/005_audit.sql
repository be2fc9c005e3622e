-- What happened. Rows outlive the user they speak of, so nothing here refers to another table.
CREATE TABLE audit_events (
    id TEXT NOT NULL PRIMARY KEY,   -- time, counter, randomness, in hexadecimal: grows with time
    at BIGINT NOT NULL,
    name TEXT NOT NULL,
    user_id TEXT,                   -- the random sub, never a name
    session_id TEXT,
    client_id TEXT,
    address TEXT,                   -- dropped when the user is deleted
    agent TEXT,                     -- dropped when the user is deleted
    request_id TEXT NOT NULL,
    detail TEXT NOT NULL            -- a JSON object
);
CREATE INDEX audit_events_by_user ON audit_events (user_id, id);
