-- Programs that show who they are with a secret.
CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,   -- public, random
    name TEXT NOT NULL,
    kind TEXT NOT NULL,             -- resource_server: asks whether tokens for `audience` are good
    audience TEXT NOT NULL,         -- URL, one of the declared ones when the client was added
    secret_hash BYTEA NOT NULL,     -- SHA-256 of a random secret
    previous_hash BYTEA,            -- of the secret before
    previous_until BIGINT,          -- the first second in which that one is no longer good
    created_at BIGINT NOT NULL,
    rotated_at BIGINT,
    ended_at BIGINT                 -- removed; an id is never given again
);
