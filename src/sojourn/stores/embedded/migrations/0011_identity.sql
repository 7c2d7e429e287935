-- Who was merged and by what, and what was held back until somebody decides. `one` and `two` are profile ids. A link has a
-- document with all that is known of it; what earlier releases wrote is told by its columns. Moments are microseconds
-- since 1970.
ALTER TABLE edge ADD COLUMN doc BLOB NOT NULL DEFAULT x'';

CREATE TABLE merge (
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    one TEXT NOT NULL,
    two TEXT NOT NULL,
    state TEXT NOT NULL,
    doc BLOB NOT NULL
) STRICT;

CREATE INDEX merge_by_time ON merge (at);
CREATE INDEX merge_by_one ON merge (one);
CREATE INDEX merge_by_two ON merge (two);

CREATE TABLE review (
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    one TEXT NOT NULL,
    two TEXT,
    state TEXT NOT NULL,
    doc BLOB NOT NULL
) STRICT;

CREATE INDEX review_by_time ON review (at);
CREATE INDEX review_by_one ON review (one);
CREATE INDEX review_by_two ON review (two) WHERE two IS NOT NULL;
