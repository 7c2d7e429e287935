"""What every catalog must do with kinds of id and identification points: count the versions, and forget none."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sojourn.core.identifiers.kinds import KindVersion, PeriodLimit
from sojourn.core.identifiers.points import PointVersion
from sojourn.ports.errors import AlreadyExists
from sojourn.testing.builders import NOON, a_kind, a_point, noon_plus
from sojourn.testing.stores import Store


class IdentityCatalogContract:
    """The part of the contract of `Catalog` about identifiers. Give it a fixture `store`: an opened, empty store."""

    pytestmark = pytest.mark.asyncio

    async def test_without_kinds_and_points_there_are_none(self, store: Store) -> None:
        catalog = store.catalog
        assert (catalog.id_kinds(), catalog.id_kind("member")) == ((), None)
        assert (catalog.identification_points(), catalog.identification_point("newsletter")) == ((), None)
        assert await catalog.id_kind_history("member") == ()
        assert await catalog.identification_point_history("newsletter") == ()

    async def test_a_kind_is_known_at_once_as_the_first_version(self, store: Store) -> None:
        kind = a_kind(fields=("traits.member",), limit_per_period=PeriodLimit(count=3, days=7), blocked=("0*",))
        assert await store.catalog.put_id_kind(kind, NOON)
        found = store.catalog.id_kind("member")
        assert found is not None
        assert (found.version, found.fields, found.limit_per_period) == (1, kind.fields, kind.limit_per_period)

    async def test_a_point_is_known_at_once_as_the_first_version(self, store: Store) -> None:
        assert await store.catalog.put_identification_point(a_point(version=7, source="shop"), NOON)
        assert store.catalog.identification_point("newsletter") == a_point(source="shop")

    async def test_kinds_and_points_are_listed_by_id(self, store: Store) -> None:
        for id in ("b", "c", "a"):
            await store.catalog.put_id_kind(a_kind(id=id), NOON)
            await store.catalog.put_identification_point(a_point(id=id), NOON)
        assert [kind.id for kind in store.catalog.id_kinds()] == ["a", "b", "c"]
        assert [point.id for point in store.catalog.identification_points()] == ["a", "b", "c"]

    async def test_a_change_of_a_kind_keeps_the_version_before(self, store: Store) -> None:
        await store.catalog.put_id_kind(a_kind(), NOON)
        assert not await store.catalog.put_id_kind(a_kind(unique=True), noon_plus(1))
        assert await store.catalog.id_kind_history("member") == (
            KindVersion(kind=a_kind(unique=True, version=2), since=noon_plus(1)),
            KindVersion(kind=a_kind(version=1), since=NOON, until=noon_plus(1)),
        )

    async def test_a_change_of_a_point_keeps_the_version_before(self, store: Store) -> None:
        await store.catalog.put_identification_point(a_point(), NOON)
        assert not await store.catalog.put_identification_point(a_point(enabled=False), noon_plus(1))
        assert await store.catalog.identification_point_history("newsletter") == (
            PointVersion(point=a_point(enabled=False, version=2), since=noon_plus(1)),
            PointVersion(point=a_point(), since=NOON, until=noon_plus(1)),
        )

    async def test_putting_the_same_again_is_no_change(self, store: Store) -> None:
        catalog = store.catalog
        await catalog.put_id_kind(a_kind(), NOON)
        await catalog.put_identification_point(a_point(), NOON)
        revision = catalog.rules_revision()
        await catalog.put_id_kind(a_kind(version=3), noon_plus(1))
        await catalog.put_identification_point(a_point(version=3), noon_plus(1))
        assert catalog.rules_revision() == revision
        assert len(await catalog.id_kind_history("member")) == 1
        assert len(await catalog.identification_point_history("newsletter")) == 1

    async def test_removing_a_kind_tells_whether_there_was_one(self, store: Store) -> None:
        await store.catalog.put_id_kind(a_kind(), NOON)
        assert await store.catalog.remove_id_kind("member", noon_plus(1))
        assert not await store.catalog.remove_id_kind("member", noon_plus(2))
        assert (store.catalog.id_kind("member"), store.catalog.id_kinds()) == (None, ())

    async def test_removing_a_point_tells_whether_there_was_one(self, store: Store) -> None:
        await store.catalog.put_identification_point(a_point(), NOON)
        assert await store.catalog.remove_identification_point("newsletter", noon_plus(1))
        assert not await store.catalog.remove_identification_point("newsletter", noon_plus(2))
        assert store.catalog.identification_points() == ()

    async def test_versions_count_on_after_something_was_removed(self, store: Store) -> None:
        catalog = store.catalog
        await catalog.put_id_kind(a_kind(), NOON)
        await catalog.remove_id_kind("member", noon_plus(1))
        await catalog.put_id_kind(a_kind(), noon_plus(2))
        history = await catalog.id_kind_history("member")
        assert [(version.kind.version, version.until) for version in history] == [(2, None), (1, noon_plus(1))]

    async def test_the_fingerprint_of_the_secret_is_kept_once(self, store: Store) -> None:
        catalog = store.catalog
        assert catalog.identity_fingerprint() is None
        await catalog.put_identity_fingerprint("one")
        await catalog.put_identity_fingerprint("one")
        with pytest.raises(AlreadyExists):
            await catalog.put_identity_fingerprint("other")
        assert catalog.identity_fingerprint() == "one"

    async def test_the_revision_rises_with_every_change_of_identifiers(self, store: Store) -> None:
        catalog = store.catalog
        revisions = [catalog.rules_revision()]
        for change in (
            catalog.put_id_kind(a_kind(), NOON),
            catalog.put_id_kind(a_kind(enabled=False), noon_plus(1)),
            catalog.remove_id_kind("member", noon_plus(2)),
            catalog.put_identification_point(a_point(), NOON),
            catalog.put_identification_point(a_point(enabled=False), noon_plus(1)),
            catalog.remove_identification_point("newsletter", noon_plus(2)),
        ):
            await change
            revisions.append(catalog.rules_revision())
        assert all(earlier < later for earlier, later in pairwise(revisions))
