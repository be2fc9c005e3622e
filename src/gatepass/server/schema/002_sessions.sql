-- One signed-in device. There is no reference to a table of users: a team may keep its own.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    secret_hash BYTEA UNIQUE,       -- SHA-256 of the cookie secret; NULL: signed in through the API
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,              -- space-separated
    acr TEXT,
    address TEXT,
    agent TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,   -- written once a minute at most
    idle_until BIGINT NOT NULL,
    absolute_until BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- One client's authorization inside one session.
CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sid TEXT NOT NULL UNIQUE,       -- public
    scope TEXT NOT NULL,            -- space-separated
    audience TEXT NOT NULL,         -- space-separated
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT
);
CREATE INDEX grants_by_session ON grants (session_id);

-- The refresh tokens of one grant: a generation number, not a row per token.
CREATE TABLE refresh_families (
    id TEXT NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL UNIQUE REFERENCES grants (id),
    client_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    key_version BIGINT NOT NULL,    -- of the master secret
    salt BYTEA NOT NULL,
    rotated_at BIGINT NOT NULL,
    idle_until BIGINT NOT NULL,
    absolute_until BIGINT NOT NULL,
    ended_at BIGINT
);
