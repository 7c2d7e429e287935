-- Lists of the events of a source or of a type, so that a rare one is not searched for among all.
CREATE INDEX event_by_source ON event (source, inserted);
CREATE INDEX event_by_type ON event (type, inserted);
