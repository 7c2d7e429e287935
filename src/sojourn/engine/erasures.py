"""Erasing people, with a receipt of each erasure. Who was erased is found again by any of their ids, and told by none.

The store sees an erasure through to its end; what only this process remembers of the person is forgotten here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from sojourn.core.erasures import ErasureOrder, mark_of
from sojourn.core.ids import ordered_id
from sojourn.ports.records import Records
from sojourn.ports.system import Chance, Clock


class Erasures:
    """Erases the people of one store."""

    def __init__(
        self,
        records: Records,
        *,
        secret: bytes,
        clock: Clock,
        chance: Chance,
        forget: Callable[[Collection[str]], None] = lambda _: None,
    ) -> None:
        """`secret` is that of the keys of ids; `forget` is told the ids of whom was erased."""
        self._records = records
        self._mark_of = partial(mark_of, secret=secret)
        self._clock = clock
        self._chance = chance
        self._forget = forget

    async def erase(self, any_id: str, *, actor: str) -> str | None:
        """Erase the person of an id durably; the id of the receipt. None: there is nobody.

        Raises NotSettled, StoreUnavailable, StoreBroken.
        """
        now = self._clock.now()
        order = ErasureOrder(id=ordered_id(self._chance.bits(), now, 0), at=now, actor=actor, mark_of=self._mark_of)
        erased = await self._records.erase(any_id, order)
        if erased is None:
            return None
        self._forget(erased.ids)
        return order.id

    def mark_of(self, any_id: str) -> str:
        """What receipts know an id by."""
        return self._mark_of(any_id)
