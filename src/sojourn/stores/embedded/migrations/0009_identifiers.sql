-- Kinds of id that people have made or changed, and identification points, with all the versions that they had. A version
-- is in force until it was changed or removed. Moments are microseconds since 1970. The secret that keys of ids are made
-- with is elsewhere; here stands only by what it is known, so that no other one is ever mixed in.
CREATE TABLE id_kind (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    doc BLOB NOT NULL,
    UNIQUE (id, version)
) STRICT;

CREATE TABLE identification_point (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    doc BLOB NOT NULL,
    UNIQUE (id, version)
) STRICT;

CREATE TABLE identity_secret (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    fingerprint TEXT NOT NULL
) STRICT;
