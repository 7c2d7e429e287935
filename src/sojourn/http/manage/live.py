"""The live feed: one server-sent event for each request to the tracker, as it is answered."""

from __future__ import annotations

import re
from typing import Annotated, cast

from litestar import get
from litestar.params import HeaderParameter, QueryParameter
from litestar.types import ASGIApp

from sojourn.http.live import LiveStream
from sojourn.http.manage.bodies import Asked
from sojourn.http.manage.parts import Given
from sojourn.http.manage.rights import digest_of_caller
from sojourn.http.problems import TOO_MANY_VIEWERS


@get("/live", needs="read", answers="text/event-stream", problems=(TOO_MANY_VIEWERS,))
async def watch(
    request: Asked,
    parts: Given,
    after: Annotated[
        int | None, QueryParameter(description="Show first what came after the entry of this id, as far as it is held.")
    ] = None,
    last_seen: Annotated[
        str | None, HeaderParameter(name="Last-Event-ID", description="The same, as browsers send it; it goes first.")
    ] = None,
) -> ASGIApp:
    """Watch the live feed. `Last-Event-ID` and `after` resume it; without them it begins now.

    Each event `submission` tells what became of one request to the tracker, without its payload. An event `gap` stands
    where entries cannot be shown any more; `missed` says how many, or null when nobody knows.
    """
    digest = digest_of_caller(request)
    assert digest is not None, "the guard lets nobody in without a token"
    stream = LiveStream(
        parts.live,
        parts.seats,
        after=_place_in(last_seen, after),
        is_welcome=lambda: parts.tokens.opens(digest, "read"),
        heartbeat_s=parts.limits.live_heartbeat_s,
    )
    return cast("ASGIApp", stream)


HANDLERS = (watch,)


def _place_in(last_seen: str | None, after: int | None) -> int | None:
    """Where to go on. A browser that is declined never asks again, so what is no number counts as not sent."""
    return int(last_seen) if last_seen and _NUMBER.fullmatch(last_seen) else after


_NUMBER = re.compile(r"[0-9]{1,20}")
