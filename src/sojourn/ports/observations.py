"""The port to what is seen of event types: a derived document of each, kept now and then."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from sojourn.core.observed import ObservedType


class Observations(Protocol):
    """What was seen of events, by type. It derives from events: what a crash loses of it is seen again, or missed."""

    async def observed_types(self) -> tuple[ObservedType, ...]:
        """All that is kept, by id. Raises StoreUnavailable."""
        ...

    async def keep_observed(self, changed: Collection[ObservedType], gone: Collection[str] = ()) -> None:
        """Keep these documents in place of those of their ids, and forget those that are gone.

        It need not survive a power cut, but a close. Raises StoreUnavailable.
        """
        ...
