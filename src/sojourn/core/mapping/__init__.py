"""Mapping: how an event fills fields of itself, of the profile and of the session."""
