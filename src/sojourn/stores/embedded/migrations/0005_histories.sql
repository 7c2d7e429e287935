-- Which profile id a request was recorded under, so that what a person did can be read in the order in which it was
-- committed, which is that of the rows.
ALTER TABLE submission ADD COLUMN profile TEXT;

CREATE INDEX submission_by_profile ON submission (profile) WHERE profile IS NOT NULL;
