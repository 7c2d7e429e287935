"""How answers leave the door: JSON, the process time, and what browsers need to read them (tracker.md §1.4, R-02)."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from sojourn.core.draft import Status
from sojourn.core.events import Problem, Submission
from sojourn.core.passes import Issued
from sojourn.core.pipeline import Decision
from sojourn.core.profiles import without_internals
from sojourn.http.asgi import Send
from sojourn.http.request import Request

_encoder = msgspec.json.Encoder()

EXPOSED_HEADERS = b"X-Process-Time, Retry-After"
"""What scripts of another origin may read of an answer."""
PREFLIGHT_MAX_AGE_S = 600
_REQUEST_HEADERS_BYTES_MAX = 1_024


class ProfileAnswer(msgspec.Struct, frozen=True, gc=False):
    """`profile` of an answer: the id that the client is to keep."""

    id: str | None


class SessionAnswer(msgspec.Struct, frozen=True, gc=False):
    """`session` of an answer: the id that the client is to keep."""

    id: str | None


class TrackAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The eight keys of a success, in their order (tracker.md §1.5, R-03)."""

    task: str
    ux: tuple[object, ...] = ()
    response: dict[str, object] = {}
    events: tuple[str, ...] = ()
    profile: ProfileAnswer | dict[str, object]
    session: SessionAnswer
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    passes: dict[str, Issued] | msgspec.UnsetType = msgspec.UNSET
    """By the ids of sources; only where they were asked for."""


class Given(NamedTuple):
    """The passes that a client gets, by the ids of sources, and what it should know of those that it does not get."""

    passes: dict[str, Issued] | msgspec.UnsetType = msgspec.UNSET
    warnings: tuple[Problem, ...] = ()


NO_PASSES = Given()


def track_answer(submission: Submission, decision: Decision, given: Given = NO_PASSES) -> TrackAnswer:
    """What is told to the client of a decision that is durable."""
    options = submission.options
    source = submission.source
    profile: ProfileAnswer | dict[str, object] = ProfileAnswer(decision.profile_id)
    if options.return_profile and source.returns_profile and decision.profile is not None:
        profile = msgspec.to_builtins(without_internals(decision.profile))
    return TrackAnswer(
        task=submission.id,
        events=decision.recorded if options.debugger and source.debug else (),
        profile=profile,
        session=SessionAnswer(decision.session_id),
        errors=decision.errors,
        warnings=(*given.warnings, *decision.warnings) if given.warnings else decision.warnings,
        passes=given.passes,
    )


def status_of(decision: Decision) -> int:
    """The HTTP status of a decision."""
    match decision.status:
        case Status.OK:
            return 200
        case Status.INVALID:
            return 422
        case Status.FORBIDDEN:
            return 403
        case Status.SETTLED:
            return 409


def encode(answer: object) -> bytes:
    """An answer as JSON."""
    return _encoder.encode(answer)


async def send_answer(
    send: Send, request: Request, status: int, body: bytes, *, process_s: float, headers: dict[str, str] | None = None
) -> None:
    """Send a JSON answer, readable for the browser origin that asked."""
    head = head_of(request, body, process_s=process_s, headers=headers)
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


def head_of(
    request: Request, body: bytes, *, process_s: float, headers: dict[str, str] | None = None
) -> list[tuple[bytes, bytes]]:
    """The headers of a JSON answer, readable for the browser origin that asked."""
    head = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"x-process-time", b"%.6f" % process_s),
        *cors_headers(request),
    ]
    if headers:
        head += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return head


def cors_headers(request: Request) -> list[tuple[bytes, bytes]]:
    """Let the origin that asked read the answer. Never with credentials: nothing here goes by cookies."""
    origin = request.headers.get(b"origin")
    if not origin or request.is_foreign:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", EXPOSED_HEADERS),
        (b"vary", b"Origin"),
    ]


async def send_preflight(send: Send, request: Request, methods: str, *, process_s: float) -> None:
    """Answer `OPTIONS`: which source it will be is not known yet, so the origin is judged with the request itself."""
    wanted = request.headers.get(b"access-control-request-headers", b"")
    if len(wanted) > _REQUEST_HEADERS_BYTES_MAX:
        wanted = wanted[: _REQUEST_HEADERS_BYTES_MAX + 1].rpartition(b",")[0]
    raw = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"2"),
        (b"x-process-time", f"{process_s:.6f}".encode()),
        (b"access-control-allow-methods", methods.encode()),
        (b"access-control-max-age", str(PREFLIGHT_MAX_AGE_S).encode()),
        *cors_headers(request),
    ]
    if wanted:
        raw.append((b"access-control-allow-headers", wanted))
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    await send({"type": "http.response.body", "body": b"OK"})
