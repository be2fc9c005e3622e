-- Lists of one bit per grant, as services fetch them.
CREATE TABLE status_lists (
    id TEXT NOT NULL PRIMARY KEY,   -- public: the end of the list's address
    number BIGINT NOT NULL UNIQUE,  -- two nodes that begin the next list at once take the same number: one loses
    size BIGINT NOT NULL,
    drawn BIGINT NOT NULL,          -- indexes that were ever drawn: at most half of them
    key_version BIGINT NOT NULL,    -- of the master secret that the order of the indexes comes from
    created_at BIGINT NOT NULL
);

-- Indexes that were drawn. A row outlives the person it was for; nothing here names anybody.
CREATE TABLE status_entries (
    list TEXT NOT NULL REFERENCES status_lists (id),
    idx BIGINT NOT NULL,
    grant_id TEXT UNIQUE,           -- NULL: nobody's
    until BIGINT NOT NULL,          -- the grant ends by itself then; for nobody's: held by a process until then
    ended_at BIGINT,                -- when the grant ended: the bit is set
    PRIMARY KEY (list, idx)
);
CREATE INDEX status_entries_ended ON status_entries (list, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX status_entries_until ON status_entries (until) WHERE grant_id IS NOT NULL;

ALTER TABLE grants ADD COLUMN status_list TEXT;
ALTER TABLE grants ADD COLUMN status_idx BIGINT;
