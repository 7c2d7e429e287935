"""Identifiers: by what people are recognised beside the ids that Sojourn makes, as data."""
