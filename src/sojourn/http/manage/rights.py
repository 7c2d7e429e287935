"""No route without a declared scope, and nobody past it without a token that has the scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import QueryParameter
from litestar.routes import HTTPRoute

from sojourn.core.sources import SCOPES
from sojourn.http.auth import bearer_token, digest_of
from sojourn.http.manage.parts import Parts
from sojourn.http.problems import INVALID_QUERY, NO_RIGHT, NO_TOKEN, Declined, Fault

PUBLIC = "public"
"""What a route declares that asks for no token."""

_DECLARABLE = {PUBLIC, *(scope.name for scope in SCOPES)}
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Route(NamedTuple):
    """One line of the table of routes."""

    method: str
    path: str
    needs: str
    """The scope that opens it, or PUBLIC."""
    handler: HTTPRouteHandler


def routes_of(app: Litestar) -> Iterator[Route]:
    """Every route that answers, with what it needs. Raises when one does not declare it: deny by default."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise ImproperlyConfiguredException(f"{route.path} is no plain HTTP route")
        for method, (handler, _) in route.route_handler_map.items():
            if method == "OPTIONS":
                continue
            needs = handler.opt.get("needs")
            if needs not in _DECLARABLE:
                raise ImproperlyConfiguredException(f"{method} {route.path} declares no scope: needs={needs!r}")
            yield Route(method, route.path_format, needs, handler)


def let_in(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request through to its handler, or raise Declined. Runs before anything of the body is read."""
    needs = handler.opt.get("needs")
    if needs == PUBLIC:
        return
    tokens = parts_of(connection).tokens
    digest = digest_of_caller(connection)
    if digest is None or not tokens.is_valid(digest):
        raise Declined(NO_TOKEN, headers=_CHALLENGE)
    # Only the answer to OPTIONS, which Litestar makes for each path, declares nothing: any valid token opens it.
    if needs is not None and not tokens.opens(digest, needs):
        raise Declined(NO_RIGHT, f"This route needs a token with the scope `{needs}`.")


def only_known_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raise Declined for a parameter that the route does not know: one that is misspelt would go unnoticed.

    Public routes are let off, since monitors add parameters to get past caches.
    """
    if handler.opt.get("needs", PUBLIC) == PUBLIC:
        return
    known = set(query_parameters(handler))
    faults = [
        Fault(("query", name), "unknown", "There is no such parameter.")
        for name in sorted(connection.query_params.keys())
        if name not in known
    ]
    if faults:
        raise Declined(INVALID_QUERY, "Some parameters cannot be accepted.", faults)


def query_parameters(handler: BaseRouteHandler) -> Iterator[str]:
    """The names of the parameters that a route takes behind its path."""
    for name, field in handler.parsed_fn_signature.parameters.items():
        if isinstance(field.kwarg_definition, QueryParameter):
            yield field.kwarg_definition.name or name


def digest_of_caller(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The digest of the token that the request brings."""
    token = bearer_token(connection.scope["headers"])
    return None if token is None else digest_of(token)


def name_of_caller(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Who asks, as it is kept with what they decide: the name of their key."""
    digest = digest_of_caller(connection)
    assert digest is not None, "whoever was let in brought a token"
    return parts_of(connection).tokens.name_of(digest)


def parts_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Parts:
    """The parts of the application that the request came to."""
    parts: Parts = connection.app.state.parts
    return parts
