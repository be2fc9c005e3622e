-- Which process does a piece of work that one of them is enough for.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,     -- of the work
    holder TEXT NOT NULL,               -- random, one per process
    until BIGINT NOT NULL               -- then anybody may take it: a holder that died gives nothing back
);
