-- The keys that tokens are signed with. Their state is a function of the times.
CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    alg TEXT NOT NULL,
    use TEXT NOT NULL,              -- as in a JWK
    number BIGINT NOT NULL,         -- two nodes that make the next key at once take the same number: one loses
    public_jwk TEXT NOT NULL,
    wrapped BYTEA NOT NULL,         -- nonce, then the private JWK under AES-256-GCM
    key_version BIGINT NOT NULL,    -- of the master secret
    created_at BIGINT NOT NULL,
    publish_at BIGINT NOT NULL,
    activate_at BIGINT,
    retire_at BIGINT,
    gone_at BIGINT,
    UNIQUE (alg, number)
);
