"""What every store must do with what was seen of event types."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sojourn.core.observed import ObservedProperty, nothing_seen
from sojourn.testing.builders import NOON, noon_plus
from sojourn.testing.stores import Store

PRICE = ObservedProperty(
    path=("lines", "[]", "price"),
    count=2,
    types={"integer": 1, "number": 1},
    first_seen=NOON,
    last_seen=noon_plus(1),
    examples=("a-1", 5, 2.5),
    sketch=bytes(range(256)),
)
SEEN = replace(nothing_seen("b", NOON), events=2, skipped=1, invalid=1, properties=(PRICE,), is_full=True)


class ObservationsContract:
    """The contract of `Observations`. Give it a fixture `store`: an opened, empty store."""

    pytestmark = pytest.mark.asyncio

    async def test_at_first_nothing_was_seen(self, store: Store) -> None:
        assert await store.observations.observed_types() == ()

    async def test_what_was_seen_is_told_by_type_as_it_was_kept(self, store: Store) -> None:
        await store.observations.keep_observed([SEEN, nothing_seen("a", NOON)])
        assert await store.observations.observed_types() == (nothing_seen("a", NOON), SEEN)

    async def test_the_newest_takes_the_place_of_what_was_kept_before(self, store: Store) -> None:
        await store.observations.keep_observed([SEEN, nothing_seen("a", NOON)])
        await store.observations.keep_observed([replace(SEEN, events=3)], ["a", "unknown"])
        assert await store.observations.observed_types() == (replace(SEEN, events=3),)
