"""The model of things in versions: every version of each of them, in a list."""

from __future__ import annotations

from datetime import datetime
from typing import Generic

from msgspec.structs import replace

from sojourn.core.versions import Era, Thing, says_the_same
from sojourn.ports.errors import AlreadyExists


class Versions(Generic[Thing]):
    """Things of one sort by their ids."""

    def __init__(self) -> None:
        self.revision = 0
        """Rises with every change."""
        self._eras: dict[str, list[Era[Thing]]] = {}

    def get(self, thing_id: str) -> Thing | None:
        """The thing of that id, as it is in force."""
        eras = self._eras.get(thing_id)
        return eras[-1].thing if eras and eras[-1].until is None else None

    def all(self) -> tuple[Thing, ...]:
        """All things in force, by id."""
        found = (self.get(id) for id in sorted(self._eras))
        return tuple(thing for thing in found if thing is not None)

    def add(self, thing: Thing, at: datetime) -> None:
        """Keep a new thing. Raises AlreadyExists."""
        if self.get(thing.id) is not None:
            raise AlreadyExists(f"{thing.id!r} exists.")
        self.put(thing, at)

    def put(self, thing: Thing, at: datetime) -> bool:
        """Keep a thing as the next version, unless it says the same; True if there was none."""
        former = self.get(thing.id)
        if former is None or not says_the_same(thing, former):
            self._end(thing.id, at)
            eras = self._eras.setdefault(thing.id, [])
            eras.append(Era(replace(thing, version=len(eras) + 1), at, None))
            self.revision += 1
        return former is None

    def remove(self, thing_id: str, at: datetime) -> bool:
        """Forget a thing, but not its history; False if there was none."""
        if self.get(thing_id) is None:
            return False
        self._end(thing_id, at)
        self.revision += 1
        return True

    def history(self, thing_id: str) -> tuple[Era[Thing], ...]:
        """Every version that a thing had or has, the latest first."""
        return tuple(reversed(self._eras.get(thing_id, ())))

    def _end(self, thing_id: str, at: datetime) -> None:
        if self.get(thing_id) is not None:
            eras = self._eras[thing_id]
            eras[-1] = eras[-1]._replace(until=at)
