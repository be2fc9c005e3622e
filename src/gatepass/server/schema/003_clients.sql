-- Resource servers that tokens may be made for, as the operator declares them.
CREATE TABLE audiences (
    audience TEXT NOT NULL PRIMARY KEY, -- URL, the `aud` of its tokens
    name TEXT NOT NULL,
    trust_group TEXT,                   -- NULL: stands alone in a token
    scopes TEXT,                        -- space-separated; NULL: every scope means something there
    added_at BIGINT NOT NULL
);
