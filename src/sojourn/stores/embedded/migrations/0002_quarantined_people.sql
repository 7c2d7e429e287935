-- Whose an event would have become that was put aside, as far as that is known, so that an erasure finds it. What was put
-- aside before tells nobody.
ALTER TABLE quarantined ADD COLUMN profile TEXT;
ALTER TABLE quarantined ADD COLUMN session TEXT;

CREATE INDEX quarantined_by_profile ON quarantined (profile) WHERE profile IS NOT NULL;
CREATE INDEX quarantined_by_session ON quarantined (session) WHERE session IS NOT NULL;
