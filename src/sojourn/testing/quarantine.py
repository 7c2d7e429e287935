"""What every store must do with events that were put aside: find them, let them go once, and tell the oldest."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sojourn.core.changes import PutAside
from sojourn.core.facts import SETTLED, Facts, Keys, settled_key
from sojourn.ports.errors import StaleFacts
from sojourn.testing.builders import a_profile, a_quarantined, a_session, noon_plus, some_changes
from sojourn.testing.stores import Store, keep, keep_changes

ODD = PutAside(a_quarantined("odd", type="page-view", profile_less=True, entry="webhook"), "ann", "visit")
KEYS = Keys(events=frozenset({settled_key("odd")}))
SETTLING = replace(some_changes((settled_key("odd"), SETTLED)), settled=("odd",))


class QuarantineContract:
    """The part of the contract of a store about quarantine. Give it a fixture `store`: an opened, empty store."""

    pytestmark = pytest.mark.asyncio

    async def test_what_was_put_aside_is_found_by_its_id_with_whose_it_would_have_become(self, store: Store) -> None:
        await keep(store, ODD, a_quarantined("other"))
        assert await store.put_aside("odd") == ODD
        assert await store.put_aside("none") is None

    async def test_what_is_settled_is_gone_and_known_for_ever(self, store: Store) -> None:
        await keep(store, ODD, a_quarantined("other"))
        await keep_changes(store, SETTLING)
        assert await store.put_aside("odd") is None
        assert [aside.id for aside in (await store.quarantined(limit=10)).items] == ["other"]
        assert (await store.load(KEYS)).events == {settled_key("odd"): SETTLED}

    async def test_of_two_who_settle_one_event_the_second_is_stale(self, store: Store) -> None:
        await keep(store, ODD)
        facts = await store.load(KEYS)
        await store.commit(SETTLING, facts)
        with pytest.raises(StaleFacts):
            await store.commit(SETTLING, facts)

    async def test_what_is_put_aside_and_settled_by_one_commit_is_not_there(self, store: Store) -> None:
        await keep_changes(store, replace(some_changes(ODD), settled=("odd",)))
        assert await store.put_aside("odd") is None

    async def test_settling_what_is_not_there_changes_nothing(self, store: Store) -> None:
        await keep(store, ODD)
        await store.commit(replace(some_changes(), settled=("none",)), Facts(keys=Keys()))
        assert await store.put_aside("odd") == ODD

    @pytest.mark.parametrize(
        ("beyond", "limit", "expected"),
        [(0, 10, "dcba"), (1, 10, "cba"), (1, 2, "cb"), (3, 10, "a"), (4, 10, ""), (9, 10, "")],
    )
    async def test_the_oldest_are_those_beyond_the_newest(
        self, store: Store, beyond: int, limit: int, expected: str
    ) -> None:
        moments = {"b": 0, "a": 0, "c": 1, "d": 2}
        await keep(store, *(a_quarantined(id, at=noon_plus(second)) for id, second in moments.items()))
        asked = store.oldest_put_aside(beyond=beyond, beyond_bytes=10**6, limit=limit)
        assert "".join(await asked) == expected

    @pytest.mark.parametrize(
        ("beyond_bytes", "expected"), [(10**6, ""), (4_000, "a"), (3_000, "ba"), (2_000, "cba"), (100, "dcba")]
    )
    async def test_the_oldest_are_those_for_which_there_are_no_bytes(
        self, store: Store, beyond_bytes: int, expected: str
    ) -> None:
        raw = f'"{"x" * 1_000}"'
        await keep(store, *(a_quarantined(id, at=noon_plus(place), raw=raw) for place, id in enumerate("abcd")))
        asked = store.oldest_put_aside(beyond=10, beyond_bytes=beyond_bytes, limit=10)
        assert "".join(await asked) == expected

    @pytest.mark.parametrize("aside", [ODD, replace(ODD, profile=None)])
    async def test_what_is_erased_with_its_person_is_settled(self, store: Store, aside: PutAside) -> None:
        await keep(store, a_profile("ann"), a_session("visit", profile="ann"), aside)
        facts = await store.load(KEYS)
        await store.erase("ann")
        assert (await store.load(KEYS)).events == {settled_key("odd"): SETTLED}
        with pytest.raises(StaleFacts):
            await store.commit(SETTLING, facts)
