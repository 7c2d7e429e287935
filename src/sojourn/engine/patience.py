"""How long work asks again that nobody waits for, while the store has no room, or more to do than it can."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sojourn.ports.errors import NotSettled, StoreUnavailable

Answer = TypeVar("Answer")

PATIENCE = 30
"""How often it asks, one time after the other, before it gives up."""


async def patiently(ask: Callable[[], Awaitable[Answer]], *, pause_s: float) -> Answer:
    """Ask until there is an answer, with pauses: whoever tracks goes first. Raises StoreUnavailable and NotSettled."""
    for _ in range(PATIENCE):
        try:
            return await ask()
        except (StoreUnavailable, NotSettled):
            await asyncio.sleep(pause_s)
    return await ask()
