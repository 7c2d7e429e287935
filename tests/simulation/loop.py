"""An event loop in which nobody waits: when nothing is left to do, the clock goes on to the next timer at once.

So a world takes as long as its decisions do, and its steps fall in the same order every time.
"""

from __future__ import annotations

import asyncio
import selectors


def a_loop_without_waiting() -> asyncio.AbstractEventLoop:
    """A new loop; its time begins at 0."""
    return _Loop(_Skipping())


class _Skipping(selectors.SelectSelector):
    """Nothing ever comes from outside: to wait is to let time pass."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            # Nothing is planned either; a thread may have something to say.
            return super().select(None)
        self.skipped_s += timeout
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, selector: _Skipping) -> None:
        super().__init__(selector)
        self._skipping = selector

    def time(self) -> float:
        return self._skipping.skipped_s
