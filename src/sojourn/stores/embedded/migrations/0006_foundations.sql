-- What earlier releases kept does not tell enough to fold a person anew: each person of theirs begins with the document
-- as it stands, the foundation. The whole journal has been brought in before.
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
