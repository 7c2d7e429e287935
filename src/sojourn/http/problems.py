"""What can go wrong in the management API: one closed list, in which each kind has its code, its cause and a next step.

Every error answer has one shape, `ProblemBody`. It repeats nothing of the request beyond the names of fields, and a
fault of the server tells the client nothing but an id that leads to the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a request can fail."""

    code: str
    """For ever: a code is never given to another kind."""
    status: int
    title: str
    cause: str
    next_step: str


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request: where, what in a stable word, and what to do in a sentence."""

    loc: tuple[str | int, ...]
    """`body` or `query`, then the way to the value."""
    code: str
    msg: str


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error answer."""

    code: str
    title: str
    detail: str
    errors: tuple[Fault, ...] = ()


class Declined(Exception):
    """The request cannot be answered as asked."""

    def __init__(
        self, kind: Kind, detail: str = "", faults: Iterable[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        """Decline for a reason of this kind; without a detail, the kind's cause is told."""
        super().__init__(kind.code, detail)
        self.kind = kind
        self.headers = dict(headers or {})
        self.body = ProblemBody(code=kind.code, title=kind.title, detail=detail or kind.cause, errors=tuple(faults))


BAD_REQUEST = Kind(
    code="SJ-4000",
    status=400,
    title="Bad request",
    cause="The head of the request breaks a rule of HTTP.",
    next_step="Look at the headers that the client, or a proxy before the server, sends.",
)
NO_TOKEN = Kind(
    code="SJ-4010",
    status=401,
    title="No valid token",
    cause="The request brought no token, or one that is unknown, revoked or expired.",
    next_step="Send `Authorization: Bearer <token>`. `sojourn keys` makes tokens and lists the valid ones.",
)
NO_RIGHT = Kind(
    code="SJ-4030",
    status=403,
    title="Not allowed",
    cause="The token is valid, and lacks the scope that this route asks for.",
    next_step="Use a token with that scope; the detail names it.",
)
NO_ROUTE = Kind(
    code="SJ-4040",
    status=404,
    title="No such route",
    cause="There is nothing at this path.",
    next_step="Compare the path with `/api/v1/openapi.json`.",
)
UNKNOWN_ID = Kind(
    code="SJ-4041",
    status=404,
    title="Unknown id",
    cause="There is nothing of this id, or not any more.",
    next_step="Check the id, and that it is one of this kind of thing. The list of the kind shows those that exist.",
)
WRONG_METHOD = Kind(
    code="SJ-4050",
    status=405,
    title="Method not allowed",
    cause="The path exists, and does not answer to this method.",
    next_step="Use one of the methods in the header `Allow`.",
)
ID_TAKEN = Kind(
    code="SJ-4090",
    status=409,
    title="The id is taken",
    cause="Something of this id exists already.",
    next_step="Use `PUT` to replace it, or choose another id, or leave the id out and get a new one.",
)
WRONG_STATE = Kind(
    code="SJ-4091",
    status=409,
    title="Not in this state",
    cause="What was asked for does not fit the present state of the thing.",
    next_step="The detail says what has to be changed first.",
)
TOO_LARGE = Kind(
    code="SJ-4130",
    status=413,
    title="The body is too large",
    cause="The body has more bytes than `manage_body_bytes_max`.",
    next_step="Send less at once. `GET /limits` tells the limit.",
)
NOT_JSON = Kind(
    code="SJ-4220",
    status=422,
    title="The body is not JSON",
    cause="The body is empty, cut off, not UTF-8, or not JSON that can be read.",
    next_step="Send a JSON object, encoded as UTF-8.",
)
INVALID_BODY = Kind(
    code="SJ-4221",
    status=422,
    title="The body is not valid",
    cause="The body is JSON, and some of its fields cannot be accepted.",
    next_step="Mend the fields that `errors` names.",
)
INVALID_QUERY = Kind(
    code="SJ-4222",
    status=422,
    title="A parameter is not valid",
    cause="A parameter in the URL cannot be accepted.",
    next_step="Mend the parameters that `errors` names.",
)
INTERNAL = Kind(
    code="SJ-5000",
    status=500,
    title="Internal error",
    cause="A fault of the server.",
    next_step="Look for the request id in the log of the server, and report what stands there.",
)
STORE_UNAVAILABLE = Kind(
    code="SJ-5030",
    status=503,
    title="The store is not available",
    cause="The store cannot do its work at the moment: the disk is full, or it lags behind, or it is broken.",
    next_step="Send the request again after `Retry-After` seconds. `GET /readyz` says what the store lacks.",
)
NOT_SETTLED = Kind(
    code="SJ-5031",
    status=503,
    title="Not settled yet",
    cause="The newest events are kept, and could not be made readable in time.",
    next_step="Send the request again after `Retry-After` seconds.",
)
TOO_MANY_VIEWERS = Kind(
    code="SJ-5032",
    status=503,
    title="Too many viewers",
    cause="As many viewers as `live_viewers_max` watch the live feed already.",
    next_step="Close a viewer, or raise the limit.",
)
NOT_READY = Kind(
    code="SJ-5033",
    status=503,
    title="Not ready",
    cause="The server is starting, stopping, or cannot keep events at the moment.",
    next_step="The detail says why. Wait, or mend it.",
)

KINDS = (
    BAD_REQUEST,
    NO_TOKEN,
    NO_RIGHT,
    NO_ROUTE,
    UNKNOWN_ID,
    WRONG_METHOD,
    ID_TAKEN,
    WRONG_STATE,
    TOO_LARGE,
    NOT_JSON,
    INVALID_BODY,
    INVALID_QUERY,
    INTERNAL,
    STORE_UNAVAILABLE,
    NOT_SETTLED,
    TOO_MANY_VIEWERS,
    NOT_READY,
)
"""Every kind, by code."""


def reference_page() -> str:
    """The page of the reference that explains every code."""
    rows = [f"| `{kind.code}` | {kind.status} | {kind.title} | {kind.cause} | {kind.next_step} |" for kind in KINDS]
    return "\n".join([_PAGE_HEAD, *rows, ""])


_PAGE_HEAD = """\
# Problems

What can go wrong in the management API. This page is made from `src/sojourn/http/problems.py`; a test compares the two.

Every error answer has this shape, whatever its status:

```json
{"code": "SJ-4221", "title": "The body is not valid", "detail": "Some of its fields cannot be accepted.",
 "errors": [{"loc": ["body", "name"], "code": "missing", "msg": "This field is required."}]}
```

`code` never changes its meaning. `errors` names what is wrong with single fields, where there is something to name:
`loc` starts with `body`, `query` or `path`, and goes on to the value. The tracker (`/track`, `/collect`, `/redirect`)
answers in the shape that its clients know: `{"detail": ...}`.

| code | status | title | cause | what to do |
|---|---|---|---|---|"""
