-- What people configure of mapping: rules with all the versions that they had, and own event types. A version is in force
-- until it was changed or removed. Moments are microseconds since 1970.
CREATE TABLE mapping (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    doc BLOB NOT NULL,
    UNIQUE (id, version)
) STRICT;

CREATE TABLE event_type (
    id TEXT NOT NULL UNIQUE,
    doc BLOB NOT NULL
) STRICT;
