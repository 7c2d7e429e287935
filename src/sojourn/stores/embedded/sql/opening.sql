-- foundations: Whether the foundations are laid.
SELECT value FROM meta WHERE name = 'foundations';

-- lay_foundations: Let the history of each person begin with the document as it stands.
INSERT INTO submission (id, profile, doc)
SELECT
    'foundation:' || id,
    id,
    CAST(
        json_object(
            'id', 'foundation:' || id,
            'at', ifnull(doc ->> '$.metadata.time.update', doc ->> '$.metadata.time.create'),
            'profile', id,
            'contribution', json_object('foundation', json(CAST(doc AS TEXT)))
        ) AS BLOB
    )
FROM profile;

-- foundations_laid: Remember that they are.
UPDATE meta SET value = 1 WHERE name = 'foundations';

-- receipts: Every receipt of an erasure, without what was removed, oldest first.
SELECT doc FROM erasure ORDER BY at, id;

-- profile_ids: The id of every profile, of merged ones, too.
SELECT id FROM profile;
