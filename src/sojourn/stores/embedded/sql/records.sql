-- ids_of: Every id that leads to a profile, through any number of links, itself included.
WITH RECURSIVE person (id) AS (
    VALUES (?1)
    UNION
    SELECT edge.id FROM edge JOIN person ON edge.profile = person.id WHERE edge.undone IS NULL
)
SELECT id FROM person;

-- sessions_of_profile: A page of the sessions of one profile id, newest first.
SELECT inserted, id, '', doc FROM session
WHERE profile = :profile AND inserted <= :high
    AND (:after_id IS NULL OR (inserted, id) < (:after, :after_id))
ORDER BY inserted DESC, id DESC LIMIT :rows;

-- edges_of: The links that lead to any id of a person, oldest first.
SELECT id, profile, kind, rule, event, at, undone, doc FROM edge WHERE profile IN carray(?1) ORDER BY at, id;

-- merges: A page of all merges, newest first.
SELECT at, id, '', doc FROM merge
WHERE at <= :high AND (:after_id IS NULL OR (at, id) < (:after, :after_id))
ORDER BY at DESC, id DESC LIMIT :rows;

-- merge: The merge of an id.
SELECT doc FROM merge WHERE id = ?1;

-- merges_of: The merges that tie any of these ids to another, oldest first.
SELECT doc FROM (
    SELECT at, id, doc FROM merge WHERE one IN carray(?1)
    UNION
    SELECT at, id, doc FROM merge WHERE two IN carray(?1)
) ORDER BY at, id;

-- reviews: A page of the reviews of one state, or of all, newest first.
SELECT at, id, '', doc FROM review
WHERE (:state IS NULL OR state = :state) AND at <= :high
    AND (:after_id IS NULL OR (at, id) < (:after, :after_id))
ORDER BY at DESC, id DESC LIMIT :rows;

-- review: The review of an id.
SELECT doc FROM review WHERE id = ?1;

-- oldest_open_reviews: The ids of the open reviews that so many newer ones came after.
SELECT id FROM review WHERE state = 'open' ORDER BY at DESC, id DESC LIMIT ?2 OFFSET ?1;

-- reviews_of: The reviews that name any of these ids, oldest first.
SELECT doc FROM (
    SELECT at, id, doc FROM review WHERE one IN carray(?1)
    UNION
    SELECT at, id, doc FROM review WHERE two IN carray(?1)
) ORDER BY at, id;

-- event: The event of an id that was kept first.
SELECT event.doc, event.trace, ifnull(submission.doc, x'') FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.id = ?1 AND (?2 IS NULL OR event.source = ?2) ORDER BY event.number LIMIT 1;

-- history: A page of the requests that were recorded under some profile ids, in the order in which they were committed.
SELECT id, doc FROM submission
WHERE profile IN carray(?1)
    AND rowid > ifnull((SELECT rowid FROM submission WHERE id = ?2), iif(?2 IS NULL, 0, 1 << 62))
ORDER BY rowid LIMIT ?3;

-- requests: A page of the requests that were recorded under any profile id, in the order in which they were committed.
SELECT id, doc FROM submission
WHERE profile IS NOT NULL AND rowid > ifnull((SELECT rowid FROM submission WHERE id = ?1), iif(?1 IS NULL, 0, 1 << 62))
ORDER BY rowid LIMIT ?2;

-- requests_count: How many requests were recorded under any profile id.
SELECT count(*) FROM submission WHERE profile IS NOT NULL;

-- request: Whether there is a request of this id.
SELECT 1 FROM submission WHERE id = ?1;

-- events_of_requests: The events of some requests, recorded under the same profile ids as those, in the order of decision.
SELECT event.submission, event.doc FROM event
JOIN submission ON submission.id = event.submission AND submission.profile = event.profile
WHERE event.submission IN carray(?1) ORDER BY event.number;

-- people: The ids of profiles that lead to no other, in the order of the ids.
SELECT profile.id FROM profile LEFT JOIN edge ON edge.id = profile.id AND edge.undone IS NULL
WHERE profile.id > ?1 AND edge.id IS NULL
ORDER BY profile.id LIMIT ?2;

-- people_count: How many profiles there are.
SELECT count(*) FROM profile;

-- outcomes: How many events ended in which way.
SELECT fate, reason, sum(count), sum(unsaved) FROM tally WHERE ?1 IS NULL OR source = ?1 GROUP BY fate, reason;

-- quarantined: A page of the events that were put aside, newest first.
SELECT at, id, '', doc FROM quarantined
WHERE (:source IS NULL OR source = :source) AND at <= :high
    AND (:after_id IS NULL OR (at, id) < (:after, :after_id))
ORDER BY at DESC, id DESC LIMIT :rows;

-- put_aside: An event that was put aside, and whose it would have become.
SELECT doc, profile, session FROM quarantined WHERE id = ?1;

-- oldest_put_aside: The ids of the events for which so many newer ones, or so many bytes of them, leave no room.
SELECT id FROM (
    SELECT id, at, row_number() OVER newest AS place, sum(length(doc)) OVER newest AS bytes FROM quarantined
    WINDOW newest AS (ORDER BY at DESC, id DESC ROWS UNBOUNDED PRECEDING)
)
WHERE place > ?1 OR bytes > ?2 ORDER BY at DESC, id DESC LIMIT ?3;

-- put_aside_of: What was put aside of a person, or of nobody in a session of the person.
SELECT id FROM quarantined WHERE profile IN carray(?1) OR (session IN carray(?2) AND profile IS NULL);

-- newest_events: A page of all events, newest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.inserted BETWEEN :low AND :high
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) < (:after, :after_id, :after_source))
ORDER BY event.inserted DESC, event.id DESC, event.source DESC LIMIT :rows;

-- oldest_events: A page of all events, oldest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.inserted BETWEEN :low AND :high
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) > (:after, :after_id, :after_source))
ORDER BY event.inserted, event.id, event.source LIMIT :rows;

-- newest_events_of_source: A page of the events of one source, newest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.source = :source AND event.inserted BETWEEN :low AND :high
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) < (:after, :after_id, :after_source))
ORDER BY event.inserted DESC, event.id DESC, event.source DESC LIMIT :rows;

-- oldest_events_of_source: A page of the events of one source, oldest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.source = :source AND event.inserted BETWEEN :low AND :high
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) > (:after, :after_id, :after_source))
ORDER BY event.inserted, event.id, event.source LIMIT :rows;

-- newest_events_of_type: A page of the events of one type, newest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.type = :type AND event.inserted BETWEEN :low AND :high
    AND (:source IS NULL OR event.source = :source)
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) < (:after, :after_id, :after_source))
ORDER BY event.inserted DESC, event.id DESC, event.source DESC LIMIT :rows;

-- oldest_events_of_type: A page of the events of one type, oldest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.type = :type AND event.inserted BETWEEN :low AND :high
    AND (:source IS NULL OR event.source = :source)
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) > (:after, :after_id, :after_source))
ORDER BY event.inserted, event.id, event.source LIMIT :rows;

-- newest_events_of_session: A page of the events of one session, newest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.session = :session AND (:is_anyone OR event.profile IN carray(:profiles))
    AND event.inserted BETWEEN :low AND :high
    AND (:source IS NULL OR event.source = :source) AND (:type IS NULL OR event.type = :type)
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) < (:after, :after_id, :after_source))
ORDER BY event.inserted DESC, event.id DESC, event.source DESC LIMIT :rows;

-- oldest_events_of_session: A page of the events of one session, oldest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.session = :session AND (:is_anyone OR event.profile IN carray(:profiles))
    AND event.inserted BETWEEN :low AND :high
    AND (:source IS NULL OR event.source = :source) AND (:type IS NULL OR event.type = :type)
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) > (:after, :after_id, :after_source))
ORDER BY event.inserted, event.id, event.source LIMIT :rows;

-- newest_events_of_profile: A page of the events of one profile id, newest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.profile = :profile
    AND event.inserted BETWEEN :low AND :high
    AND (:source IS NULL OR event.source = :source) AND (:type IS NULL OR event.type = :type)
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) < (:after, :after_id, :after_source))
ORDER BY event.inserted DESC, event.id DESC, event.source DESC LIMIT :rows;

-- oldest_events_of_profile: A page of the events of one profile id, oldest first.
SELECT event.inserted, event.id, event.source, event.doc, event.trace, ifnull(submission.doc, x'')
FROM event LEFT JOIN submission ON submission.id = event.submission
WHERE event.profile = :profile
    AND event.inserted BETWEEN :low AND :high
    AND (:source IS NULL OR event.source = :source) AND (:type IS NULL OR event.type = :type)
    AND (:after_id IS NULL OR (event.inserted, event.id, event.source) > (:after, :after_id, :after_source))
ORDER BY event.inserted, event.id, event.source LIMIT :rows;

-- session_ids: The sessions of a person.
SELECT id FROM session WHERE profile IN carray(?1);

-- count_events: How many events were recorded under the ids of a person, or under none and in a session of the person.
SELECT count(*) FROM event WHERE profile IN carray(?1) OR (session IN carray(?2) AND profile IS NULL);

-- events_under: How many events were recorded under each of these profile ids.
SELECT profile, count(*) FROM event WHERE profile IN carray(?1) GROUP BY profile;

-- sessions_under: How many sessions were recorded under each of these profile ids.
SELECT profile, count(*) FROM session WHERE profile IN carray(?1) GROUP BY profile;

-- keys_of_events: By what the events of a person, or in a session of the person, are known.
SELECT source, id FROM event WHERE profile IN carray(?1)
UNION
SELECT source, id FROM event WHERE session IN carray(?2);

-- event_keys: What is known of events by their hashes.
SELECT hash, digest, profile, session FROM event_key WHERE hash IN carray(?1);

-- loose_event_keys: What names a person, or a session of the person, without an event that tells so.
SELECT hash, digest, profile, session FROM event_key WHERE loose AND profile IN carray(?1)
UNION
SELECT hash, digest, profile, session FROM event_key WHERE loose AND session IN carray(?2);

-- erasures: A page of the receipts of erasures, or of those under one mark, newest first.
SELECT at, id, '', doc, removed, CAST(position AS TEXT) FROM erasure
WHERE (:mark IS NULL OR EXISTS (SELECT 1 FROM json_each(CAST(doc AS TEXT), '$.marks') AS mark WHERE mark.value = :mark))
    AND at <= :high AND (:after_id IS NULL OR (at, id) < (:after, :after_id))
ORDER BY at DESC, id DESC LIMIT :rows;

-- erasure: The receipt of an id.
SELECT doc, removed, position FROM erasure WHERE id = ?1;
