-- observed_types: What was seen of every event type.
SELECT doc FROM observed ORDER BY id;

-- put_observed: What was seen of one event type, new or changed.
INSERT INTO observed (id, doc) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc;

-- remove_observed: One event type is forgotten.
DELETE FROM observed WHERE id = ?1;
