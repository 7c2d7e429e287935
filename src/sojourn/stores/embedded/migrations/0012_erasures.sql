-- Receipts of erasures: when and by whom, under the marks of the ids, and how much was removed; never of whom. `position` is
-- where the erasure ends in the journal: it is done when nothing of the journal is left before there. Moments are
-- microseconds since 1970.
CREATE TABLE erasure (
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    doc BLOB NOT NULL,
    removed BLOB NOT NULL
) STRICT;

CREATE INDEX erasure_by_time ON erasure (at);
