"""How the door says no: one exception, its status, its body in Tracardi's `detail` shape (tracker.md §1.6).

No refusal repeats anything of the request beyond the place of the error.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from sojourn.core.events import Problem
from sojourn.core.outcomes import (
    REFUSED_BUSY,
    REFUSED_FAULT,
    REFUSED_INVALID,
    REFUSED_ORIGIN,
    REFUSED_RATE,
    REFUSED_SECRET,
    REFUSED_SOURCE,
    REFUSED_TOO_LARGE,
    REFUSED_UNREADABLE,
    Outcome,
)

Detail = str | list[dict[str, object]]


class Refusal(Exception):
    """The request goes no further. It is counted as `count` events that ended with `outcome`."""

    def __init__(
        self,
        status: int,
        detail: Detail,
        outcome: Outcome | None,
        *,
        source: str = "",
        count: int = 1,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Say no with this status and body; `source` is a known source's id, or empty."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.outcome = outcome
        self.source = source
        self.count = count
        self.headers = headers or {}


def details(problems: Iterable[Problem]) -> list[dict[str, object]]:
    """Problems as the list that Tracardi's clients know."""
    return [{"type": problem.code, "loc": list(problem.loc), "msg": problem.msg} for problem in problems]


def unreadable(code: str, msg: str, *loc: str | int) -> Refusal:
    """The body cannot be decoded: nothing in it is an event."""
    return Refusal(422, [{"type": code, "loc": ["body", *loc], "msg": msg}], REFUSED_UNREADABLE)


def invalid(problems: Iterable[Problem], *, source: str = "", count: int = 1) -> Refusal:
    """The body is JSON, but no tracker payload."""
    return Refusal(422, details(problems), REFUSED_INVALID, source=source, count=count)


def broken_framing(detail: str) -> Refusal:
    """The body does not keep to its own encoding."""
    return Refusal(400, detail, REFUSED_UNREADABLE)


def unsupported_encoding() -> Refusal:
    """Only gzip is understood."""
    return Refusal(415, "Unsupported content encoding; send the body plain or as gzip.", REFUSED_UNREADABLE)


def too_large(what: str, *, source: str = "", count: int = 1) -> Refusal:
    """The request carries more than the limits allow; `GET /limits` tells them."""
    return Refusal(413, f"{what} GET /limits tells the limits.", REFUSED_TOO_LARGE, source=source, count=count)


def unknown_source(count: int) -> Refusal:
    """Unknown, internal, or not meant for this entry: one text for all, so that it tells nothing (R-04)."""
    return Refusal(401, _INVALID_SOURCE, REFUSED_SOURCE, count=count)


def disabled_source(source: str, count: int) -> Refusal:
    """The source is switched off; the answer does not tell that from an unknown one."""
    return Refusal(401, _INVALID_SOURCE, REFUSED_SOURCE, source=source, count=count)


_INVALID_SOURCE = "Access denied. Invalid event source."


def wrong_secret(source: str, count: int) -> Refusal:
    """A server source has to prove itself."""
    return Refusal(
        401, "Access denied. This event source needs its secret.", REFUSED_SECRET, source=source, count=count
    )


def secret_in_browser(source: str, count: int) -> Refusal:
    """A secret that reached a browser is a secret no more."""
    detail = "A source with a secret must not be used from a browser."
    return Refusal(403, detail, REFUSED_SECRET, source=source, count=count)


def foreign_origin(source: str, count: int) -> Refusal:
    """The browser's origin is not among those of the source."""
    return Refusal(403, "The origin is not allowed for this event source.", REFUSED_ORIGIN, source=source, count=count)


def too_often(source: str, count: int, retry_after_s: float) -> Refusal:
    """A rate was exceeded."""
    return Refusal(
        429,
        "Too many requests; GET /limits tells the rates.",
        REFUSED_RATE,
        source=source,
        count=count,
        headers={"Retry-After": str(max(1, ceil(retry_after_s)))},
    )


def busy(source: str, count: int, why: str, retry_after_s: int) -> Refusal:
    """The server cannot take it now."""
    return Refusal(503, why, REFUSED_BUSY, source=source, count=count, headers={"Retry-After": str(retry_after_s)})


def fault(source: str, count: int, task: str) -> Refusal:
    """A fault of ours; the id leads to the log line."""
    return Refusal(500, f"Internal error; the log has more under {task}.", REFUSED_FAULT, source=source, count=count)
