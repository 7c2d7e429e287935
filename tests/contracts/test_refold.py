"""A person who is folded anew from what any store has recorded is the person that the store has kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.events import Submission
from sojourn.testing import StoreUnderTest
from tests.contracts.known_stores import STORES
from tests.histories import batches_of, histories, keep_all, refolded, timeless


@pytest.mark.parametrize("name", STORES)
@settings(max_examples=settings().max_examples // 2)
@given(log=histories(), data=st.data())
def test_a_refolded_profile_is_the_one_that_was_kept(
    name: str, log: tuple[Submission, ...], data: st.DataObject
) -> None:
    cut = data.draw(st.lists(st.booleans(), min_size=len(log), max_size=len(log)))
    ending = data.draw(st.integers(0, len(log)))
    with TemporaryDirectory() as folder:
        asyncio.run(_compare(STORES[name](Path(folder)), batches_of(log, cut), ending))


async def _compare(under_test: StoreUnderTest, batches: list[list[Submission]], ending: int) -> None:
    """Keep the batches, with an end and a new beginning after some of them, and refold everybody."""
    store = await under_test.open()
    await keep_all(store, batches[:ending])
    await under_test.close()
    store = await under_test.open()
    await keep_all(store, batches[ending:])
    for profile_id in await store.people(limit=1_000):
        kept = await store.profile(profile_id)
        assert kept is not None
        assert timeless(await refolded(store, profile_id)) == timeless(kept)
    await under_test.close()
