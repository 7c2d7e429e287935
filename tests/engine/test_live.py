"""The live feed gives every entry once and in order, says what is gone, and never waits for a viewer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.engine.live import Gap, LiveEntry, LiveFeed, News, Numbered

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def an_entry(status: int = 200) -> LiveEntry:
    return LiveEntry(at=NOW, entry="track", status=status, source="web")


def published(count: int, *, entries_max: int = 100, first: int = 1) -> LiveFeed:
    feed = LiveFeed(entries_max, first=first)
    for status in range(count):
        feed.publish(an_entry(status))
    return feed


async def first_news(stream: AsyncIterator[News]) -> News:
    async with asyncio.timeout(5):
        return await anext(stream)


async def test_a_viewer_sees_only_what_comes_from_now_on() -> None:
    feed = published(3)
    stream = feed.follow()
    feed.publish(an_entry(999))
    assert await first_news(stream) == (Numbered(4, an_entry(999)),)


async def test_a_waiting_viewer_is_woken() -> None:
    feed = published(0)
    waiting = asyncio.ensure_future(first_news(feed.follow()))
    await asyncio.sleep(0)
    feed.publish(an_entry())
    assert await waiting == (Numbered(1, an_entry()),)


async def test_a_viewer_that_comes_back_gets_what_it_missed() -> None:
    feed = published(3)
    assert [item.number for item in await first_news(feed.follow(after=1))] == [2, 3]


async def test_what_the_ring_no_longer_holds_is_a_gap_that_counts_it() -> None:
    feed = published(10, entries_max=3)
    news = await first_news(feed.follow(after=2))
    assert news[0] == Gap(7, 5)
    assert [item.number for item in news[1:]] == [8, 9, 10]


async def test_numbers_of_an_earlier_start_are_a_gap_of_unknown_size() -> None:
    feed = published(2, first=1_000)
    news = await first_news(feed.follow(after=17))
    assert news[0] == Gap(999, None)
    assert [item.number for item in news[1:]] == [1_000, 1_001]


async def test_numbers_that_were_never_given_are_a_gap_of_unknown_size() -> None:
    news = await first_news(published(2).follow(after=99))
    assert news[0] == Gap(0, None)
    assert [item.number for item in news[1:]] == [1, 2]


async def test_a_slow_viewer_skips_and_publishing_goes_on() -> None:
    feed = published(0, entries_max=2)
    stream = feed.follow()
    feed.publish(an_entry(1))
    assert await first_news(stream) == (Numbered(1, an_entry(1)),)
    for status in range(2, 8):
        feed.publish(an_entry(status))
    news = await first_news(stream)
    assert news == (Gap(5, 4), Numbered(6, an_entry(6)), Numbered(7, an_entry(7)))


async def test_closing_ends_the_stream_after_the_last_entry() -> None:
    feed = published(2)
    stream = feed.follow(after=0)
    feed.close()
    assert [len(news) async for news in stream] == [2]


async def test_closing_wakes_who_waits() -> None:
    feed = published(0)
    stream = feed.follow()
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0)
    feed.close()
    async with asyncio.timeout(5):
        assert await waiting is None


async def test_a_viewer_that_gave_up_waiting_is_forgotten() -> None:
    feed = published(0)
    waiting = asyncio.ensure_future(anext(feed.follow()))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert not feed._waiting


@given(st.lists(st.integers(min_value=0, max_value=7), max_size=20), st.integers(min_value=1, max_value=5))
def test_every_number_is_shown_or_inside_a_gap(bursts: list[int], entries_max: int) -> None:
    async def watch() -> list[int]:
        feed = LiveFeed(entries_max)
        stream = feed.follow(after=0)
        seen: list[int] = []
        for burst in bursts:
            for _ in range(burst):
                feed.publish(an_entry())
            if burst:
                for item in await anext(stream):
                    missed = (item.missed or 0) if isinstance(item, Gap) else 1
                    seen.extend(range(item.number - missed + 1, item.number + 1))
        return seen

    seen = asyncio.run(watch())
    assert seen == list(range(1, sum(bursts) + 1))


async def test_entries_of_somebody_who_was_erased_tell_no_more_whose_they_were() -> None:
    feed = published(0)
    for profile in ("ann", "bob"):
        feed.publish(replace(an_entry(), profile=profile, session=f"{profile}-visit"))
    feed.forget(("ann",))
    news = await first_news(feed.follow(0))
    assert [(each.number, each.entry.profile, each.entry.session) for each in news if isinstance(each, Numbered)] == [
        (1, None, None),
        (2, "bob", "bob-visit"),
    ]
