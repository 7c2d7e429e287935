-- place: Up to where the journal has been brought in.
SELECT name, value FROM meta;

-- sessions: The documents of sessions.
SELECT id, doc FROM session WHERE id IN carray(?1);

-- people: Where each id leads, and the profile of that id itself.
SELECT asked.value, edge.profile, profile.doc FROM carray(?1) AS asked
LEFT JOIN edge ON edge.id = asked.value AND edge.undone IS NULL
LEFT JOIN profile ON profile.id = asked.value;

-- event_keys: What is known of events by their hashes.
SELECT hash, digest, profile, session FROM event_key WHERE hash IN carray(?1);

-- taken: The sources and ids of the events that have one of these ids.
SELECT source, id FROM event WHERE id IN carray(?1);

-- links: The links of identifiers.
SELECT id, profile, kind, rule, event, at, undone, doc FROM edge WHERE id IN carray(?1);
