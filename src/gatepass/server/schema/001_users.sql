-- One person. Every key is the folded form of the text before it; it is what must be unique.
CREATE TABLE users (
    subject TEXT NOT NULL PRIMARY KEY,      -- random, never given to anybody else
    username TEXT,
    username_key TEXT UNIQUE,
    email TEXT,
    email_key TEXT UNIQUE,
    email_verified_at BIGINT,
    name TEXT,
    password_hash TEXT NOT NULL,
    password_scheme TEXT NOT NULL,          -- algorithm and costs, to know the slowest one present
    password_changed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    signed_in_at BIGINT,
    disabled_at BIGINT
);
CREATE INDEX users_by_scheme ON users (password_scheme);
CREATE INDEX users_by_age ON users (created_at, subject);

-- What an operator granted beside the default scopes.
CREATE TABLE user_scopes (
    subject TEXT NOT NULL REFERENCES users (subject) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (subject, scope)
);

-- Every username that was ever taken, as a keyed hash: a name is not given away again after its user is gone.
CREATE TABLE reserved_usernames (
    tombstone BYTEA NOT NULL PRIMARY KEY,
    key_version BIGINT NOT NULL,            -- of the master secret
    reserved_at BIGINT NOT NULL
);
