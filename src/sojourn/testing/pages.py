"""Lists, read as people read them: page by page, to the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sojourn.ports.records import After, Page

Item = TypeVar("Item")


async def read_all(ask: Callable[[After | None], Awaitable[Page[Item]]]) -> list[Item]:
    """All items of a list; `ask` reads the page after a place. Fails on a page that is empty and not the only one."""
    page = await ask(None)
    items = list(page.items)
    while page.next is not None:
        page = await ask(page.next)
        assert page.items, "a page was announced, and nothing is on it"
        items += page.items
    return items
