"""The port through which a store tells how it is doing."""

from __future__ import annotations

from typing import Protocol


class StoreHealth(Protocol):
    """How a store is doing; answers at once."""

    def failure(self) -> str | None:
        """Why the store cannot take writes at the moment, in one sentence for an operator; None while it can."""
        ...

    def lag_bytes(self) -> int:
        """How much of what is committed waits to be brought into the form that reads use."""
        ...

    async def broken(self) -> str:
        """Return, with the reason, once the store is broken for good; never while it is not."""
        ...
