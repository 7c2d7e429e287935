-- What is looked up by key. Documents are UTF-8 JSON in tables with a rowid and a unique key, which costs half of what
-- tables without a rowid cost for documents of some kilobytes. Moments are microseconds since 1970.

-- Up to where the journal has been brought in: a position, and the CRC of the record that ends there.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('position', 0), ('link', 0);

CREATE TABLE profile (
    id TEXT NOT NULL UNIQUE,
    doc BLOB NOT NULL
) STRICT;

CREATE TABLE session (
    id TEXT NOT NULL UNIQUE,
    profile TEXT,
    inserted INTEGER NOT NULL,
    doc BLOB NOT NULL
) STRICT;

CREATE INDEX session_by_profile ON session (profile, inserted) WHERE profile IS NOT NULL;

-- The identity graph: an id leads to a profile id, which may lead on.
CREATE TABLE edge (
    id TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL,
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    event TEXT,
    at INTEGER NOT NULL,
    undone INTEGER
) STRICT;

CREATE INDEX edge_by_profile ON edge (profile);

-- By what an event is recognised when it is sent again: a hash of its source and id. A row is `loose` when no row of
-- `event` tells the same profile and session, so that an erasure finds the others through that table.
CREATE TABLE event_key (
    hash BLOB PRIMARY KEY,
    digest BLOB NOT NULL,
    profile TEXT,
    session TEXT,
    loose INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX loose_event_key_by_profile ON event_key (profile) WHERE loose AND profile IS NOT NULL;
CREATE INDEX loose_event_key_by_session ON event_key (session) WHERE loose AND session IS NOT NULL;

-- `number` rises in the order in which events were kept.
CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    inserted INTEGER NOT NULL,
    session TEXT,
    profile TEXT,
    submission TEXT NOT NULL,
    doc BLOB NOT NULL,
    trace BLOB NOT NULL,
    UNIQUE (id, source)
) STRICT;

CREATE INDEX event_by_time ON event (inserted);
CREATE INDEX event_by_profile ON event (profile, inserted) WHERE profile IS NOT NULL;
CREATE INDEX event_by_session ON event (session, inserted) WHERE session IS NOT NULL;
CREATE INDEX event_by_submission ON event (submission);

CREATE TABLE submission (
    id TEXT NOT NULL UNIQUE,
    doc BLOB NOT NULL
) STRICT;

CREATE TABLE quarantined (
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    doc BLOB NOT NULL
) STRICT;

CREATE INDEX quarantined_by_time ON quarantined (at);

CREATE TABLE tally (
    source TEXT NOT NULL,
    fate TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    unsaved INTEGER NOT NULL,
    PRIMARY KEY (source, fate, reason)
) STRICT, WITHOUT ROWID;

-- What people configure; written directly and synced, not through the journal.
CREATE TABLE source (
    id TEXT NOT NULL UNIQUE,
    doc BLOB NOT NULL
) STRICT;

CREATE TABLE source_secret (
    source TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE redirect (
    id TEXT NOT NULL UNIQUE,
    doc BLOB NOT NULL
) STRICT;

CREATE TABLE api_key (
    id TEXT NOT NULL UNIQUE,
    token_sha256 TEXT NOT NULL UNIQUE,
    doc BLOB NOT NULL
) STRICT;
