-- sources: All sources.
SELECT doc FROM source;

-- secrets: The hashes of all secrets of sources.
SELECT source, sha256 FROM source_secret;

-- redirects: All redirects.
SELECT doc FROM redirect;

-- keys: All tokens, by their hashes.
SELECT token_sha256, doc FROM api_key;

-- mapping_in_force: All mapping rules that are in force.
SELECT doc FROM mapping WHERE until IS NULL;

-- mapping_last: The number of the last version that each mapping rule has or had.
SELECT id, max(version) FROM mapping GROUP BY id;

-- mapping_history: Every version of a mapping rule, the latest first.
SELECT doc, since, until FROM mapping WHERE id = ?1 ORDER BY version DESC;

-- event_types: All own event types.
SELECT doc FROM event_type;

-- merge_rules_history: Every version of the merge rules, the latest first.
SELECT doc, since, until FROM merge_rules ORDER BY version DESC;

-- put_source: A source, new or changed.
INSERT INTO source (id, doc) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc;

-- put_secret: The secret of a source, new or changed.
INSERT INTO source_secret (source, sha256) VALUES (?1, ?2) ON CONFLICT (source) DO UPDATE SET sha256 = excluded.sha256;

-- put_redirect: A redirect, new or changed.
INSERT INTO redirect (id, doc) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc;

-- put_key: A new token.
INSERT INTO api_key (id, token_sha256, doc) VALUES (?1, ?2, ?3);

-- remove_source: A source.
DELETE FROM source WHERE id = ?1;

-- remove_secret: The secret of a source.
DELETE FROM source_secret WHERE source = ?1;

-- remove_redirect: A redirect.
DELETE FROM redirect WHERE id = ?1;

-- remove_key: A token.
DELETE FROM api_key WHERE id = ?1;

-- mapping_end: The version of a mapping rule that is in force is so no longer.
UPDATE mapping SET until = ?2 WHERE id = ?1 AND until IS NULL;

-- mapping_begin: A version of a mapping rule comes into force.
INSERT INTO mapping (id, version, since, doc) VALUES (?1, ?2, ?3, ?4);

-- end_merge_rules: The version of the merge rules that is in force is so no longer.
UPDATE merge_rules SET until = ?1 WHERE until IS NULL;

-- begin_merge_rules: A version of the merge rules comes into force.
INSERT INTO merge_rules (version, since, doc) VALUES (?1, ?2, ?3);

-- put_event_type: An own event type, new or changed.
INSERT INTO event_type (id, doc) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc;

-- remove_event_type: An own event type.
DELETE FROM event_type WHERE id = ?1;

-- contract_in_force: All contracts that are in force.
SELECT doc FROM contract WHERE until IS NULL;

-- contract_last: The number of the last version that each contract has or had.
SELECT id, max(version) FROM contract GROUP BY id;

-- contract_history: Every version of a contract, the latest first.
SELECT doc, since, until FROM contract WHERE id = ?1 ORDER BY version DESC;

-- contract_end: The version of a contract that is in force is so no longer.
UPDATE contract SET until = ?2 WHERE id = ?1 AND until IS NULL;

-- contract_begin: A version of a contract comes into force.
INSERT INTO contract (id, version, since, doc) VALUES (?1, ?2, ?3, ?4);

-- id_kind_in_force: All kinds of id that are in force.
SELECT doc FROM id_kind WHERE until IS NULL;

-- id_kind_last: The number of the last version that each kind of id has or had.
SELECT id, max(version) FROM id_kind GROUP BY id;

-- id_kind_history: Every version of a kind of id, the latest first.
SELECT doc, since, until FROM id_kind WHERE id = ?1 ORDER BY version DESC;

-- id_kind_end: The version of a kind of id that is in force is so no longer.
UPDATE id_kind SET until = ?2 WHERE id = ?1 AND until IS NULL;

-- id_kind_begin: A version of a kind of id comes into force.
INSERT INTO id_kind (id, version, since, doc) VALUES (?1, ?2, ?3, ?4);

-- identification_point_in_force: All identification points that are in force.
SELECT doc FROM identification_point WHERE until IS NULL;

-- identification_point_last: The number of the last version that each identification point has or had.
SELECT id, max(version) FROM identification_point GROUP BY id;

-- identification_point_history: Every version of an identification point, the latest first.
SELECT doc, since, until FROM identification_point WHERE id = ?1 ORDER BY version DESC;

-- identification_point_end: The version of an identification point that is in force is so no longer.
UPDATE identification_point SET until = ?2 WHERE id = ?1 AND until IS NULL;

-- identification_point_begin: A version of an identification point comes into force.
INSERT INTO identification_point (id, version, since, doc) VALUES (?1, ?2, ?3, ?4);

-- identity_fingerprint: By what the secret is known that the keys of ids are made with.
SELECT fingerprint FROM identity_secret;

-- put_identity_fingerprint: By what the secret is known, told once.
INSERT INTO identity_secret (id, fingerprint) VALUES (1, ?1);
