-- What is seen of events of each type. Derived from events, and written now and then.
CREATE TABLE observed (
    id TEXT NOT NULL UNIQUE,
    doc BLOB NOT NULL
) STRICT;
