-- What earlier releases kept does not tell enough to fold a person anew: each person of theirs begins with the document
-- as it stands, the foundation. It is laid once the whole journal is in the database, see `sql/opening.sql`.
INSERT INTO meta (name, value) VALUES ('foundations', 0);
