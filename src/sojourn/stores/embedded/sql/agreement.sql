-- person_at: The first profile from a row on that leads to no other, and its row.
SELECT profile.rowid, profile.doc FROM profile LEFT JOIN edge ON edge.id = profile.id AND edge.undone IS NULL
WHERE profile.rowid >= ?1 AND edge.id IS NULL
ORDER BY profile.rowid LIMIT 1;

-- last_profile: The last row of the profiles.
SELECT ifnull(max(rowid), 0) FROM profile;

-- made_twice: The profiles of which Sojourn has told more than once that they were created.
SELECT profile, count(*) FROM event
WHERE type = 'profile-created' AND profile IS NOT NULL AND doc ->> '$.metadata.system'
GROUP BY profile HAVING count(*) > 1;

-- sources: Every source of which events were counted, or are there.
SELECT source FROM tally UNION SELECT source FROM event;

-- sent: How many of the stored events of a source were sent by clients.
SELECT count(*) - count(
    CASE WHEN type IN ('profile-created', 'session-opened', 'visit-started') AND doc ->> '$.metadata.system' THEN 1 END
) FROM event WHERE source = ?1;

-- erased_max: How many events were erased, at most.
SELECT ifnull(sum(removed ->> '$.events'), 0) FROM erasure;
