"""What the management API is made of. Whoever starts it hands these parts in; nothing is looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from sojourn.core.changes import Tally
from sojourn.core.events import Submission
from sojourn.core.limits import Limits
from sojourn.core.passes import Passes
from sojourn.core.pipeline import Decision
from sojourn.engine.erasures import Erasures
from sojourn.engine.jobs import Jobs
from sojourn.engine.live import LiveFeed
from sojourn.engine.observing import Observing
from sojourn.engine.people import People
from sojourn.engine.quarantine import Quarantine
from sojourn.engine.rules import Rules
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
    rules: Rules
    people: People
    jobs: Jobs
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
    counted: Callable[[], Awaitable[tuple[Tally, ...]]]
    """Has every request that was refused so far counted durably; returns the counts that cannot be kept now."""

    erasures: Erasures
    passes: Passes
    quarantine: Quarantine
    observing: Observing
    submit: Callable[[Submission], Awaitable[Decision]]
    """Has a submission decided; returns when the decision is durable. Raises Busy or Faulty."""

    @cached_property
    def tokens(self) -> Tokens:
        """The tokens that are valid now."""
        return Tokens(self.catalog, self.clock, self.admin_tokens)

    @cached_property
    def seats(self) -> Seats:
        """The room for viewers of the live feed."""
        return Seats(self.limits.live_viewers_max)

    @cached_property
    def configuring(self) -> asyncio.Lock:
        """Held while configuration is read, changed and written, so that two changes of one thing do not cross."""
        return asyncio.Lock()


Given = NamedDependency[SkipValidation[Parts]]
"""How a handler asks for the parts."""
