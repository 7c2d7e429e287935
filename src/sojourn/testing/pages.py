"""Lists, read as people read them: page by page, to the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sojourn.ports.records import After, Page

Item = TypeVar("Item")


async def read_all(ask: Callable[[After | None], Awaitable[Page[Item]]]) -> list[Item]:
    """All items of a list; `ask` reads the page after a place."""
    return [item for page in await read_pages(ask) for item in page.items]


async def read_pages(ask: Callable[[After | None], Awaitable[Page[Item]]]) -> list[Page[Item]]:
    """All pages of a list. Fails when a page was announced and nothing is on it."""
    pages = [await ask(None)]
    while pages[-1].next is not None:
        pages.append(await ask(pages[-1].next))
        assert pages[-1].items, "a page was announced, and nothing is on it"
    return pages
