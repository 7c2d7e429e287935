"""Probes, for machines that watch over this one: is it alive, is it ready, how is it doing? Without a token."""

from __future__ import annotations

import msgspec
from litestar import Response, get

from sojourn.http.manage.answers import Answer
from sojourn.http.manage.parts import Given
from sojourn.http.manage.rights import PUBLIC
from sojourn.http.problems import NOT_READY, Declined

METRICS_TYPE = "text/plain; version=0.0.4"
"""The media type of the text format of Prometheus; the character set is added when it is sent."""


class Health(msgspec.Struct, frozen=True):
    """The process is alive."""

    status: str


class Readiness(msgspec.Struct, frozen=True):
    """Events are taken. `lag_bytes` is how much of what is kept waits to become readable."""

    status: str
    lag_bytes: int


class Version(msgspec.Struct, frozen=True):
    """What runs here."""

    name: str
    version: str


@get("/healthz", needs=PUBLIC)
async def healthz() -> Health:
    """Tell that the process is alive; the store is not asked."""
    return Health("alive")


@get("/readyz", needs=PUBLIC, problems=(NOT_READY,))
async def readyz(parts: Given) -> Readiness:
    """Tell whether events are taken: 200, or 503 with the reason."""
    reason = parts.ready() or parts.health.failure()
    if reason is not None:
        raise Declined(NOT_READY, reason, headers={"Retry-After": str(parts.limits.retry_after_s)})
    return Readiness("ready", parts.health.lag_bytes())


@get("/metrics", needs=PUBLIC, answers=METRICS_TYPE)
async def metrics(parts: Given) -> Response[bytes]:
    """Read all metrics in the text format of Prometheus."""
    return Answer(parts.metrics(), media_type=METRICS_TYPE)


@get("/version", needs=PUBLIC)
async def version(parts: Given) -> Version:
    """Read which version runs."""
    return Version("sojourn", parts.version)


HANDLERS = (healthz, readyz, metrics, version)
