-- place: Up to where the journal has been brought in.
SELECT name, value FROM meta;

-- erased_to: Where the last erasure ends in the journal.
SELECT ifnull(max(position), 0) FROM erasure;

-- put_place: Remember how far the journal has been brought in.
UPDATE meta SET value = CASE name WHEN 'position' THEN ?1 ELSE ?2 END WHERE name IN ('position', 'link');

-- put_profile: The newest version of a profile.
INSERT INTO profile (id, doc) VALUES (?1, ?2)
ON CONFLICT (id) DO UPDATE SET doc = excluded.doc;

-- put_session: The newest version of a session.
INSERT INTO session (id, profile, inserted, doc) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET profile = excluded.profile, inserted = excluded.inserted, doc = excluded.doc;

-- put_edge: The newest link of an id.
INSERT INTO edge (id, profile, kind, rule, event, at, undone, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (id) DO UPDATE SET profile = excluded.profile, kind = excluded.kind, rule = excluded.rule,
    event = excluded.event, at = excluded.at, undone = excluded.undone, doc = excluded.doc;

-- put_merge: The newest state of a merge.
INSERT INTO merge (id, at, one, two, state, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, doc = excluded.doc;

-- remove_review: A review that nobody has decided is gone.
DELETE FROM review WHERE id = ?1 AND state = 'open';

-- put_review: The newest state of a review; an open one leaves alone what is known of it already.
INSERT INTO review (id, at, one, two, state, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, doc = excluded.doc WHERE excluded.state <> 'open';

-- put_event_key: By what an event is recognised from now on.
INSERT INTO event_key (hash, digest, profile, session, loose) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (hash) DO UPDATE SET digest = excluded.digest, profile = excluded.profile, session = excluded.session,
    loose = excluded.loose;

-- put_event: An event, unless there is one of its id: events are never rewritten.
INSERT INTO event (id, source, type, inserted, session, profile, submission, doc, trace)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (id, source) DO NOTHING;

-- put_submission: What the events of one request have in common.
INSERT INTO submission (id, doc, profile) VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, profile = excluded.profile;

-- put_quarantined: An event that was put aside.
INSERT INTO quarantined (id, at, source, doc, profile, session) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (id) DO UPDATE SET at = excluded.at, source = excluded.source, doc = excluded.doc,
    profile = excluded.profile, session = excluded.session;

-- remove_quarantined: An event leaves the quarantine.
DELETE FROM quarantined WHERE id = ?1;

-- add_tally: Count more events that ended in one way.
INSERT INTO tally (source, fate, reason, count, unsaved) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (source, fate, reason) DO UPDATE SET count = count + excluded.count, unsaved = unsaved + excluded.unsaved;

-- erase_profiles: The profiles of a person.
DELETE FROM profile WHERE id IN carray(?1);

-- erase_links: Every link from or to an id of a person, those of identifiers left out.
DELETE FROM edge WHERE kind IN ('alias', 'merge') AND (id IN carray(?1) OR profile IN carray(?1));

-- erase_identifiers: Every other link from or to an id of a person, which are those of identifiers.
DELETE FROM edge WHERE id IN carray(?1) OR profile IN carray(?1);

-- erase_merges: Every merge that ties an id of a person to another.
DELETE FROM merge WHERE one IN carray(?1) OR two IN carray(?1);

-- erase_reviews: Every review that names an id of a person.
DELETE FROM review WHERE one IN carray(?1) OR two IN carray(?1);

-- erase_sessions: The sessions of a person.
DELETE FROM session WHERE id IN carray(?1);

-- erase_submissions: What was recorded for a person, and what only events of nobody in a session of the person share.
DELETE FROM submission WHERE profile IN carray(?1) OR id IN (
    SELECT submission FROM event WHERE profile IN carray(?1)
    UNION
    SELECT submission FROM event WHERE session IN carray(?2) AND profile IS NULL
) AND NOT EXISTS (
    SELECT 1 FROM event AS other
    WHERE other.submission = submission.id
        AND NOT ifnull(other.profile IN carray(?1), ifnull(other.session IN carray(?2), 0))
);

-- erase_events: The events that were recorded under an id of a person, or under none and in a session of the person.
DELETE FROM event WHERE profile IN carray(?1) OR (session IN carray(?2) AND profile IS NULL);

-- erase_quarantined: The events of the same people that were put aside.
DELETE FROM quarantined WHERE profile IN carray(?1) OR (session IN carray(?2) AND profile IS NULL);

-- put_receipt: The receipt of an erasure.
INSERT INTO erasure (id, at, position, doc, removed) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING;
