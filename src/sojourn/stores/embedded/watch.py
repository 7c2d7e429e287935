"""Whom commits touch while an erasure is planned: a plan that they have overtaken is made anew."""

from __future__ import annotations

from sojourn.stores.embedded.rows import Commit, Erasure


class Watch:
    """The people and sessions that commits have named since the watch began."""

    def __init__(self) -> None:
        self._people: set[str | None] = set()
        self._sessions: set[str | None] = set()

    def see(self, commit: Commit) -> None:
        """Take in a commit."""
        self._people.update(row.id for row in commit.profiles)
        self._people.update(id for row in commit.edges for id in (row.id, row.profile))
        self._people.update(row.profile for row in commit.sessions)
        self._sessions.update(row.id for row in commit.sessions)
        for rows in (commit.events, commit.event_keys, commit.quarantined):
            self._people.update(row.profile for row in rows)
            self._sessions.update(row.session for row in rows)

    def has_seen(self, erasure: Erasure) -> bool:
        """Whether any of what is to be erased was named, or what is new belongs to it."""
        return not (self._people.isdisjoint(erasure.ids) and self._sessions.isdisjoint(erasure.sessions))
