"""What the management API is made of. Whoever starts it hands these parts in; nothing is looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from sojourn.core.limits import Limits
from sojourn.engine.live import LiveFeed
from sojourn.http.auth import Tokens
from sojourn.http.live import Seats
from sojourn.ports.catalog import Catalog
from sojourn.ports.health import StoreHealth
from sojourn.ports.records import Records
from sojourn.ports.system import Chance, Clock


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that the routes work with."""

    catalog: Catalog
    records: Records
    health: StoreHealth
    live: LiveFeed
    limits: Limits
    clock: Clock
    chance: Chance
    version: str
    admin_tokens: tuple[str, ...] = ()
    """The SHA-256 (hex) of tokens that have every right."""
    metrics: Callable[[], bytes]
    """All metrics in the text format of Prometheus."""
    ready: Callable[[], str | None]
    """Why events cannot be taken at the moment; None while they can."""
    counted: Callable[[], Awaitable[None]]
    """Returns when every request that was refused so far is counted durably. Raises Busy when that fails."""
    tokens: Tokens = field(init=False)
    seats: Seats = field(init=False)
    configuring: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    """Held while configuration is read, changed and written, so that two changes of one thing do not cross."""

    def __post_init__(self) -> None:
        """Make what follows from the parts."""
        object.__setattr__(self, "tokens", Tokens(self.catalog, self.clock, self.admin_tokens))
        object.__setattr__(self, "seats", Seats(self.limits.live_viewers_max))


Given = NamedDependency[SkipValidation[Parts]]
"""How a handler asks for the parts."""
