"""The model of what is seen of event types: a dictionary."""

from __future__ import annotations

from collections.abc import Collection

from sojourn.core.observed import ObservedType
from sojourn.ports.observations import Observations


class MemoryObservations:
    """What was seen, by event type; gone with the process."""

    def __init__(self) -> None:
        self._types: dict[str, ObservedType] = {}

    async def observed_types(self) -> tuple[ObservedType, ...]:
        return tuple(self._types[id] for id in sorted(self._types))

    async def keep_observed(self, changed: Collection[ObservedType], gone: Collection[str] = ()) -> None:
        self._types.update((each.id, each) for each in changed)
        for id in gone:
            self._types.pop(id, None)


_claims: type[Observations] = MemoryObservations
