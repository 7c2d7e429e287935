"""Whatever goes wrong becomes a problem from the list in `http/problems.py`; nothing else leaves the API."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import structlog
from litestar import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import ParameterKwarg
from litestar.types import ExceptionHandlersMap

from sojourn.core.ids import derived_id
from sojourn.engine.collector import Busy
from sojourn.http import problems
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.rights import parts_of
from sojourn.http.problems import Declined, Fault, Kind
from sojourn.ports.errors import NotSettled, StoreBroken, StoreUnavailable

log = structlog.get_logger()

_KIND_OF_STATUS = {
    404: problems.NO_ROUTE,
    405: problems.WRONG_METHOD,
    413: problems.TOO_LARGE,
}


def declined(_request: Request[Any, Any, Any], error: Declined) -> Answer:
    """Answer what a handler declined."""
    return _answer(error)


def unsettled(request: Request[Any, Any, Any], _error: NotSettled) -> Answer:
    """Answer that the newest writes cannot be read yet."""
    return _later(request, problems.NOT_SETTLED)


def unavailable(request: Request[Any, Any, Any], _error: StoreUnavailable | StoreBroken | Busy) -> Answer:
    """Answer that the store cannot."""
    return _later(request, problems.STORE_UNAVAILABLE)


def rejected(request: Request[Any, Any, Any], error: HTTPException) -> Answer:
    """Answer what the framework rejected: a path, a method, a parameter, a body that is too large."""
    if isinstance(error, ValidationException):
        faults = _faults(request, error.extra)
        return _answer(Declined(problems.INVALID_QUERY, "Some parameters cannot be accepted.", faults))
    if error.status_code >= 500:  # noqa: PLR2004  Where HTTP begins to blame the server.
        return failed(request, error)
    kind = _KIND_OF_STATUS.get(error.status_code, problems.BAD_REQUEST)
    return _answer(Declined(kind, headers=error.headers))


def failed(request: Request[Any, Any, Any], error: Exception) -> Answer:
    """Answer a fault of ours with an id, and log under that id where it happened; the log gets no data either."""
    request_id = derived_id(parts_of(request).chance.bits(), "request")
    log.error(
        "request failed",
        request_id=request_id,
        method=request.method,
        route=request.scope.get("path_template"),
        error=type(error).__qualname__,
        frames=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)],
    )
    detail = f"A fault of the server. Its log has more under the request id {request_id}."
    return _answer(Declined(problems.INTERNAL, detail, headers={"X-Request-Id": request_id}))


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Declined: declined,
    NotSettled: unsettled,
    StoreUnavailable: unavailable,
    StoreBroken: unavailable,
    Busy: unavailable,
    HTTPException: rejected,
    Exception: failed,
}


def _later(request: Request[Any, Any, Any], kind: Kind) -> Answer:
    return _answer(Declined(kind, headers={"Retry-After": str(parts_of(request).limits.retry_after_s)}))


def _answer(error: Declined) -> Answer:
    return Answer(error.body, status_code=error.kind.status, headers=error.headers, media_type="application/json")


def _faults(request: Request[Any, Any, Any], extra: object) -> Iterator[Fault]:
    known = request.route_handler.parsed_fn_signature.parameters
    for said in extra if isinstance(extra, list) else ():
        field = known.get(said.get("key", ""))
        meant = field.kwarg_definition if field else None
        if field is not None and isinstance(meant, ParameterKwarg):
            loc = (meant.param_type.value, meant.name or field.name)
            yield Fault(loc, "invalid", f"{said['message']}.")
