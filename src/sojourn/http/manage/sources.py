"""Sources: who may send events. A `server` source has a secret, which is shown once, when it is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath

from sojourn.core.limits import Limits
from sojourn.core.sources import Source
from sojourn.http.auth import SECRET_PREFIX, digest_of
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, JsonObject, object_of, patched, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing_by_id
from sojourn.http.manage.names import id_faults, text_faults, unknown, with_id, with_this_id
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.problems import ID_TAKEN, INVALID_BODY, WRONG_STATE, Declined, Fault
from sojourn.ports.errors import AlreadyExists


class SourceAnswer(Source, frozen=True, kw_only=True):
    """A source. `secret` is there in the one answer to the request that made it, and never again."""

    secret: str | msgspec.UnsetType = msgspec.UNSET


@post("/sources", needs="configure", body=Source, problems=(ID_TAKEN,))
async def add_source(request: Asked, parts: Given) -> Response[SourceAnswer]:
    """Make a source. Without an `id`, it gets a new UUID."""
    source = _checked(with_id(await object_of(request), parts.chance), parts.limits)
    async with parts.configuring:
        try:
            secret = await _add(source, parts)
        except AlreadyExists as error:
            raise Declined(ID_TAKEN) from error
    return _answer(source, secret, status=201)


@get("/sources", needs="read")
async def list_sources(parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> Listing[Source]:
    """List the sources, by id."""
    return listing_by_id(parts.catalog.sources(), lambda source: source.id, items_max(limit, parts.limits), cursor)


@get("/sources/{source_id:str}", needs="read")
async def read_source(source_id: FromPath[str], parts: Given) -> Source:
    """Read a source."""
    return _known(source_id, parts)


@put("/sources/{source_id:str}", needs="configure", body=Source, also_201=True)
async def put_source(source_id: FromPath[str], request: Asked, parts: Given) -> Response[SourceAnswer]:
    """Replace a source, or make it. Fields that are left out get their defaults."""
    given = with_this_id(await object_of(request), source_id)
    async with parts.configuring:
        former = parts.catalog.source(source_id)
        source = _checked(given, parts.limits)
        if former is None:
            return _answer(source, await _add(source, parts), status=201)
        return _answer(source, await _replace(former, source, parts), status=200)


@patch("/sources/{source_id:str}", needs="configure", body=Source)
async def patch_source(source_id: FromPath[str], request: Asked, parts: Given) -> Response[SourceAnswer]:
    """Change some fields of a source (JSON merge patch). Null sets a field back to its default."""
    given = with_this_id(await object_of(request), source_id)
    async with parts.configuring:
        former = _known(source_id, parts)
        source = _checked(patched(former, given), parts.limits)
        return _answer(source, await _replace(former, source, parts), status=200)


@delete("/sources/{source_id:str}", needs="configure")
async def remove_source(source_id: FromPath[str], parts: Given) -> None:
    """Remove a source. Its redirects stay: they go on redirecting, and record nothing."""
    async with parts.configuring:
        if not await parts.catalog.remove_source(source_id):
            raise unknown("source")


@post("/sources/{source_id:str}/secret", needs="configure", status_code=200, problems=(WRONG_STATE,))
async def rotate_secret(source_id: FromPath[str], parts: Given) -> Response[SourceAnswer]:
    """Give a `server` source a new secret. The one before is worth nothing from this moment on."""
    async with parts.configuring:
        source = _known(source_id, parts)
        if source.trust != "server":
            raise Declined(WRONG_STATE, 'Only a source with `trust` = "server" has a secret.')
        return _answer(source, await _renew_secret(source.id, parts), status=200)


HANDLERS = (add_source, list_sources, read_source, put_source, patch_source, remove_source, rotate_secret)


def _known(source_id: str, parts: Parts) -> Source:
    source = parts.catalog.source(source_id)
    if source is None:
        raise unknown("source")
    return source


def _checked(given: JsonObject, limits: Limits) -> Source:
    source = record_of(Source, given)
    faults = [*id_faults(source.id, limits), *text_faults("name", source.name, limits), *_faults(source, limits)]
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return source


def _faults(source: Source, limits: Limits) -> Iterator[Fault]:
    if source.channel is not None:
        yield from text_faults("channel", source.channel, limits)
    if not source.type:
        yield Fault(("body", "type"), "empty", "A source accepts at least one kind of entry.")
    for index, origin in enumerate(source.origins):
        if not _ORIGIN.fullmatch(origin):
            msg = "An origin is `*`, or scheme, host and port as browsers send them: `https://shop.example`, no path."
            yield Fault(("body", "origins", index), "origin", msg)


async def _add(source: Source, parts: Parts) -> str | None:
    if source.trust != "server":
        await parts.catalog.add_source(source)
        return None
    secret = SECRET_PREFIX + parts.chance.token()
    await parts.catalog.add_source(source, digest_of(secret.encode()))
    return secret


async def _replace(former: Source, source: Source, parts: Parts) -> str | None:
    """Keep the source; a secret is made when it needs one that it did not need before."""
    secret = None
    if source.trust == "server" and former.trust != "server":
        # First the secret: a crash between the two leaves a public source with a secret that nobody asks for.
        secret = await _renew_secret(source.id, parts)
    await parts.catalog.put_source(source)
    return secret


async def _renew_secret(source_id: str, parts: Parts) -> str:
    secret = SECRET_PREFIX + parts.chance.token()
    await parts.catalog.put_source_secret(source_id, digest_of(secret.encode()))
    return secret


def _answer(source: Source, secret: str | None, *, status: int) -> Answer:
    shown: dict[str, Any] = msgspec.structs.asdict(source)
    return Answer(SourceAnswer(**shown, secret=msgspec.UNSET if secret is None else secret), status_code=status)


_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^\s/?#@A-Z]+")
