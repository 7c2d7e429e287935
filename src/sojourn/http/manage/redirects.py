"""Redirects: links that record an event and lead on. Each belongs to a source, and outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath

from sojourn.core.sources import Redirect
from sojourn.http.manage.answers import Answer, document
from sojourn.http.manage.bodies import Asked, JsonObject, merged, object_of, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing_by_id
from sojourn.http.manage.names import id_faults, text_faults, unknown, with_id, with_this_id
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.problems import ID_TAKEN, INVALID_BODY, Declined, Fault
from sojourn.ports.errors import AlreadyExists


@post("/redirects", needs="configure", body=Redirect, problems=(ID_TAKEN,))
async def add_redirect(request: Asked, parts: Given) -> Response[Redirect]:
    """Make a redirect. Without an `id`, it gets a new UUID."""
    given = with_id(await object_of(request), parts.chance)
    async with parts.configuring:
        redirect = _checked(given, parts)
        try:
            await parts.catalog.add_redirect(redirect)
        except AlreadyExists as error:
            raise Declined(ID_TAKEN) from error
    return Answer(redirect, status_code=201)


@get("/redirects", needs="read")
async def list_redirects(parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> Listing[Redirect]:
    """List the redirects, by id."""
    return listing_by_id(
        parts.catalog.redirects(), lambda redirect: redirect.id, items_max(limit, parts.limits), cursor
    )


@get("/redirects/{redirect_id:str}", needs="read")
async def read_redirect(redirect_id: FromPath[str], parts: Given) -> Redirect:
    """Read a redirect."""
    return _known(redirect_id, parts)


@put("/redirects/{redirect_id:str}", needs="configure", body=Redirect, also_201=True)
async def put_redirect(redirect_id: FromPath[str], request: Asked, parts: Given) -> Response[Redirect]:
    """Replace a redirect, or make it. Fields that are left out get their defaults."""
    given = with_this_id(await object_of(request), redirect_id)
    async with parts.configuring:
        redirect = _checked(given, parts)
        is_new = await parts.catalog.put_redirect(redirect)
    return Answer(redirect, status_code=201 if is_new else 200)


@patch("/redirects/{redirect_id:str}", needs="configure", body=Redirect)
async def patch_redirect(redirect_id: FromPath[str], request: Asked, parts: Given) -> Redirect:
    """Change some fields of a redirect (JSON merge patch). Null sets a field back to its default."""
    given = with_this_id(await object_of(request), redirect_id)
    async with parts.configuring:
        former = document(_known(redirect_id, parts))
        assert isinstance(former, dict), "a record becomes an object"
        redirect = _checked(merged(former, given), parts)
        await parts.catalog.put_redirect(redirect)
    return redirect


@delete("/redirects/{redirect_id:str}", needs="configure")
async def remove_redirect(redirect_id: FromPath[str], parts: Given) -> None:
    """Remove a redirect. Its link leads nowhere from then on."""
    async with parts.configuring:
        if not await parts.catalog.remove_redirect(redirect_id):
            raise unknown("redirect")


HANDLERS = (add_redirect, list_redirects, read_redirect, put_redirect, patch_redirect, remove_redirect)


def _known(redirect_id: str, parts: Parts) -> Redirect:
    redirect = parts.catalog.redirect(redirect_id)
    if redirect is None:
        raise unknown("redirect")
    return redirect


def _checked(given: JsonObject, parts: Parts) -> Redirect:
    redirect = record_of(Redirect, given)
    faults = [
        *id_faults(redirect.id, parts.limits),
        *text_faults("name", redirect.name, parts.limits),
        *_faults(redirect, parts),
    ]
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return redirect


def _faults(redirect: Redirect, parts: Parts) -> Iterator[Fault]:
    source = parts.catalog.source(redirect.source)
    if source is None:
        yield Fault(("body", "source"), "unknown-source", "There is no source of this id.")
    elif "redirect" not in source.type:
        yield Fault(("body", "source"), "source-type", "The `type` of this source does not have `redirect`.")
    if not _leads_on(redirect.url):
        yield Fault(("body", "url"), "url", "The URL must begin with `http://` or `https://` and name a host.")
    if len(redirect.url.encode()) > parts.limits.url_bytes_max:
        yield Fault(("body", "url"), "too-long", f"A URL has at most {parts.limits.url_bytes_max} bytes.")
    if not redirect.event_type.strip():
        yield Fault(("body", "event_type"), "blank", "An event has a type.")
    if len(redirect.event_type) > parts.limits.event_type_chars_max:
        msg = f"An event type has at most {parts.limits.event_type_chars_max} characters."
        yield Fault(("body", "event_type"), "too-long", msg)


def _leads_on(url: str) -> bool:
    """Whether a browser can follow it. White space and control characters have no place in a `Location` header."""
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
