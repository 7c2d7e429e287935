"""What every catalog must do: remember sources, secrets, redirects, keys and rules, and answer at once.

Subclass the suite in a test module and give it a fixture `store`: an opened, empty store.
"""

from __future__ import annotations

import pytest

from sojourn.core.sources import WebhookOptions
from sojourn.ports.errors import AlreadyExists, UnknownId
from sojourn.testing.builders import a_redirect, a_source, an_api_key
from sojourn.testing.contract_catalog import ContractCatalogContract
from sojourn.testing.identity_catalog import IdentityCatalogContract
from sojourn.testing.mapping_catalog import MappingCatalogContract
from sojourn.testing.stores import Store

FIRST = "1" * 64
SECOND = "2" * 64


class CatalogContract(MappingCatalogContract, ContractCatalogContract, IdentityCatalogContract):
    """The contract of `Catalog`."""

    pytestmark = pytest.mark.asyncio

    async def test_an_empty_catalog_knows_nothing(self, store: Store) -> None:
        catalog = store.catalog
        assert (catalog.sources(), catalog.redirects(), catalog.keys()) == ((), (), ())
        assert (catalog.source("shop"), catalog.redirect("spring"), catalog.key_of(FIRST)) == (None, None, None)
        assert catalog.source_secret("shop") is None

    async def test_an_added_source_is_known_at_once(self, store: Store) -> None:
        source = a_source(type=("rest", "webhook"), origins=("https://a.example",), webhook=WebhookOptions())
        await store.catalog.add_source(source)
        assert store.catalog.source("shop") == source

    async def test_sources_are_listed_by_id(self, store: Store) -> None:
        for id in ("b", "c", "a"):
            await store.catalog.add_source(a_source(id=id))
        assert [source.id for source in store.catalog.sources()] == ["a", "b", "c"]

    async def test_an_id_of_a_source_is_given_once(self, store: Store) -> None:
        await store.catalog.add_source(a_source(name="First"), FIRST)
        with pytest.raises(AlreadyExists):
            await store.catalog.add_source(a_source(name="Second"), SECOND)
        assert store.catalog.source("shop") == a_source(name="First")
        assert store.catalog.source_secret("shop") == FIRST

    async def test_putting_a_source_tells_whether_there_was_none(self, store: Store) -> None:
        assert await store.catalog.put_source(a_source(name="First"))
        assert not await store.catalog.put_source(a_source(name="Second"))
        assert store.catalog.source("shop") == a_source(name="Second")

    async def test_a_source_without_a_secret_has_none(self, store: Store) -> None:
        await store.catalog.add_source(a_source())
        assert store.catalog.source_secret("shop") is None

    async def test_putting_a_source_leaves_its_secret(self, store: Store) -> None:
        await store.catalog.add_source(a_source(), FIRST)
        await store.catalog.put_source(a_source(name="Second"))
        assert store.catalog.source_secret("shop") == FIRST

    async def test_a_secret_takes_the_place_of_the_one_before(self, store: Store) -> None:
        await store.catalog.add_source(a_source(), FIRST)
        await store.catalog.put_source_secret("shop", SECOND)
        assert store.catalog.source_secret("shop") == SECOND

    async def test_a_source_can_be_given_its_first_secret_later(self, store: Store) -> None:
        await store.catalog.add_source(a_source())
        await store.catalog.put_source_secret("shop", FIRST)
        assert store.catalog.source_secret("shop") == FIRST

    async def test_only_a_source_can_be_given_a_secret(self, store: Store) -> None:
        with pytest.raises(UnknownId):
            await store.catalog.put_source_secret("shop", FIRST)
        assert store.catalog.source_secret("shop") is None

    async def test_a_secret_is_known_as_long_as_any_source_has_it(self, store: Store) -> None:
        catalog = store.catalog
        await catalog.add_source(a_source(id="a"), FIRST)
        await catalog.add_source(a_source(id="b"))
        await catalog.put_source_secret("b", FIRST)
        known = [catalog.has_secret(FIRST)]
        await catalog.remove_source("a")
        known.append(catalog.has_secret(FIRST))
        await catalog.put_source_secret("b", SECOND)
        known.extend([catalog.has_secret(FIRST), catalog.has_secret(SECOND)])
        assert known == [True, True, False, True]

    async def test_removing_a_source_tells_whether_there_was_one(self, store: Store) -> None:
        await store.catalog.add_source(a_source())
        assert await store.catalog.remove_source("shop")
        assert not await store.catalog.remove_source("shop")
        assert store.catalog.source("shop") is None

    async def test_a_removed_source_takes_its_secret_along(self, store: Store) -> None:
        await store.catalog.add_source(a_source(), FIRST)
        await store.catalog.remove_source("shop")
        await store.catalog.add_source(a_source())
        assert store.catalog.source_secret("shop") is None

    async def test_a_removed_source_leaves_its_redirects(self, store: Store) -> None:
        await store.catalog.add_source(a_source(id="links"))
        await store.catalog.add_redirect(a_redirect(source="links"))
        await store.catalog.remove_source("links")
        assert store.catalog.redirect("spring") == a_redirect(source="links")

    async def test_an_added_redirect_is_known_at_once(self, store: Store) -> None:
        redirect = a_redirect(properties={"campaign": "payload@params.utm", "weight": 2})
        await store.catalog.add_redirect(redirect)
        assert store.catalog.redirect("spring") == redirect

    async def test_redirects_are_listed_by_id(self, store: Store) -> None:
        for id in ("b", "c", "a"):
            await store.catalog.add_redirect(a_redirect(id=id))
        assert [redirect.id for redirect in store.catalog.redirects()] == ["a", "b", "c"]

    async def test_an_id_of_a_redirect_is_given_once(self, store: Store) -> None:
        await store.catalog.add_redirect(a_redirect(name="First"))
        with pytest.raises(AlreadyExists):
            await store.catalog.add_redirect(a_redirect(name="Second"))
        assert store.catalog.redirect("spring") == a_redirect(name="First")

    async def test_putting_a_redirect_tells_whether_there_was_none(self, store: Store) -> None:
        assert await store.catalog.put_redirect(a_redirect(name="First"))
        assert not await store.catalog.put_redirect(a_redirect(name="Second"))
        assert store.catalog.redirect("spring") == a_redirect(name="Second")

    async def test_removing_a_redirect_tells_whether_there_was_one(self, store: Store) -> None:
        await store.catalog.add_redirect(a_redirect())
        assert await store.catalog.remove_redirect("spring")
        assert not await store.catalog.remove_redirect("spring")
        assert store.catalog.redirects() == ()

    async def test_a_key_is_found_by_the_hash_of_its_token(self, store: Store) -> None:
        await store.catalog.add_key(an_api_key(), FIRST)
        assert store.catalog.key_of(FIRST) == an_api_key()
        assert store.catalog.key_of(SECOND) is None

    async def test_keys_are_listed_by_id(self, store: Store) -> None:
        for number, id in enumerate(("b", "c", "a")):
            await store.catalog.add_key(an_api_key(id=id), str(number) * 64)
        listed = store.catalog.keys()
        assert [key.id for key in listed] == ["a", "b", "c"]

    async def test_an_id_of_a_key_is_given_once(self, store: Store) -> None:
        await store.catalog.add_key(an_api_key(name="First"), FIRST)
        with pytest.raises(AlreadyExists):
            await store.catalog.add_key(an_api_key(name="Second"), SECOND)
        assert (store.catalog.key_of(FIRST), store.catalog.key_of(SECOND)) == (an_api_key(name="First"), None)

    async def test_a_token_belongs_to_one_key(self, store: Store) -> None:
        await store.catalog.add_key(an_api_key(id="one"), FIRST)
        with pytest.raises(AlreadyExists):
            await store.catalog.add_key(an_api_key(id="two"), FIRST)
        listed = store.catalog.keys()
        assert [key.id for key in listed] == ["one"]

    async def test_a_revoked_key_opens_nothing(self, store: Store) -> None:
        await store.catalog.add_key(an_api_key(), FIRST)
        assert await store.catalog.remove_key("reader")
        assert store.catalog.key_of(FIRST) is None
        assert not await store.catalog.remove_key("reader")
