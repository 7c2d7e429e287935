"""The port that the collector works through: load facts, commit decisions."""

from __future__ import annotations

from typing import Protocol

from sojourn.core.changes import Changes
from sojourn.core.facts import Facts, Keys


class CollectorStore(Protocol):
    """Where decisions are kept. One collector at a time uses it; erasures and imports may come between its commits."""

    async def load(self, keys: Keys) -> Facts:
        """What is known of these keys, unmaterialised commits included, in one round trip.

        Unknown keys are left out. An asked event that is stored under an id of the server's own form (`is_ordered_id`)
        and that no event key was kept of is `TAKEN`, be it the system's own: no client may use its id again.

        Beside what was asked for, the facts hold the sessions that the asked events were accepted in, and the profiles
        that those events were accepted for and that all these sessions belong to, if they still exist. Raises
        StoreUnavailable or StoreBroken.
        """
        ...

    async def commit(self, changes: Changes, facts: Facts) -> None:
        """Write all of the changes durably, or nothing; return only when they survive a power cut.

        `facts` are those that the changes were decided on. Raises StaleFacts when loading their keys again would answer
        otherwise: when any profile, session, alias or event key of them has changed since (nothing was written).
        Raises StoreUnavailable when it cannot write now (nothing was written), and StoreBroken when it cannot know what
        was written.
        """
        ...

    async def room(self) -> None:
        """Wait until the store can take another commit without lagging too far behind.

        Raises StoreUnavailable when that takes too long, or when the disk reserve has been reached.
        """
        ...
