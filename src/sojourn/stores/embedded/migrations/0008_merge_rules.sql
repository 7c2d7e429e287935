-- How fields of merged persons become one, where people have decided it, with all the versions that there were. A version
-- is in force until it was changed. Moments are microseconds since 1970.
CREATE TABLE merge_rules (
    version INTEGER PRIMARY KEY,
    since INTEGER NOT NULL,
    until INTEGER,
    doc BLOB NOT NULL
) STRICT;
