-- Contracts of event types with all the versions that they had. A version is in force until it was changed or removed.
-- Moments are microseconds since 1970.
CREATE TABLE contract (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    doc BLOB NOT NULL,
    UNIQUE (id, version)
) STRICT;
