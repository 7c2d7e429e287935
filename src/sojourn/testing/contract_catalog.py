"""What every catalog must do with contracts: count the versions, and forget none."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sojourn.core.contracts import ContractVersion
from sojourn.testing.builders import NOON, a_contract, noon_plus
from sojourn.testing.stores import Store


class ContractCatalogContract:
    """The part of the contract of `Catalog` about contracts. Give it a fixture `store`: an opened, empty store."""

    pytestmark = pytest.mark.asyncio

    async def test_without_contracts_there_are_none(self, store: Store) -> None:
        catalog = store.catalog
        found = (catalog.contracts(), catalog.contract("page-view"), await catalog.contract_history("page-view"))
        assert found == ((), None, ())

    async def test_a_contract_is_known_at_once_as_the_first_version(self, store: Store) -> None:
        assert await store.catalog.put_contract(a_contract(version=7), NOON)
        assert store.catalog.contract("page-view") == a_contract()

    async def test_contracts_are_listed_by_type(self, store: Store) -> None:
        for id in ("b", "c", "a"):
            await store.catalog.put_contract(a_contract(id=id), NOON)
        assert [contract.id for contract in store.catalog.contracts()] == ["a", "b", "c"]

    async def test_a_change_of_a_contract_makes_the_next_version_and_keeps_the_one_before(self, store: Store) -> None:
        first, second = a_contract(), a_contract(mode="refuse", version=2)
        await store.catalog.put_contract(first, NOON)
        assert not await store.catalog.put_contract(a_contract(mode="refuse"), noon_plus(1))
        assert store.catalog.contract("page-view") == second
        assert await store.catalog.contract_history("page-view") == (
            ContractVersion(contract=second, since=noon_plus(1)),
            ContractVersion(contract=first, since=NOON, until=noon_plus(1)),
        )

    async def test_putting_the_same_contract_again_is_no_change(self, store: Store) -> None:
        await store.catalog.put_contract(a_contract(), NOON)
        revision = store.catalog.rules_revision()
        await store.catalog.put_contract(a_contract(version=3), noon_plus(1))
        assert store.catalog.rules_revision() == revision
        assert await store.catalog.contract_history("page-view") == (
            ContractVersion(contract=a_contract(), since=NOON),
        )

    async def test_removing_a_contract_tells_whether_there_was_one(self, store: Store) -> None:
        await store.catalog.put_contract(a_contract(), NOON)
        assert await store.catalog.remove_contract("page-view", noon_plus(1))
        assert not await store.catalog.remove_contract("page-view", noon_plus(2))
        assert (store.catalog.contract("page-view"), store.catalog.contracts()) == (None, ())

    async def test_versions_of_a_contract_count_on_after_it_was_removed(self, store: Store) -> None:
        await store.catalog.put_contract(a_contract(), NOON)
        await store.catalog.remove_contract("page-view", noon_plus(1))
        await store.catalog.put_contract(a_contract(), noon_plus(2))
        assert store.catalog.contract("page-view") == a_contract(version=2)
        history = await store.catalog.contract_history("page-view")
        assert [(version.contract.version, version.until) for version in history] == [(2, None), (1, noon_plus(1))]

    async def test_the_revision_rises_with_every_change_of_a_contract(self, store: Store) -> None:
        catalog = store.catalog
        revisions = [catalog.rules_revision()]
        for change in (
            catalog.put_contract(a_contract(), NOON),
            catalog.put_contract(a_contract(mode="refuse"), noon_plus(1)),
            catalog.remove_contract("page-view", noon_plus(2)),
        ):
            await change
            revisions.append(catalog.rules_revision())
        assert all(earlier < later for earlier, later in pairwise(revisions))
