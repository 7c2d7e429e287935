"""Redirects: links that record an event and lead on. Each belongs to a source, and outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath
from msgspec.structs import replace

from sojourn.core.event_types import is_too_long, type_name
from sojourn.core.limits import Limits
from sojourn.core.sources import Redirect
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, JsonObject, object_of, patched, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing_by_id
from sojourn.http.manage.names import id_faults, text_faults, unknown, with_id, with_this_id
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.measure import measure
from sojourn.http.problems import ID_TAKEN, INVALID_BODY, Declined, Fault
from sojourn.ports.catalog import Catalog
from sojourn.ports.errors import AlreadyExists


@post("/redirects", needs="configure", body=Redirect, problems=(ID_TAKEN,))
async def add_redirect(request: Asked, parts: Given) -> Response[Redirect]:
    """Make a redirect. Without an `id`, it gets a new UUID."""
    given = with_id(await object_of(request), parts.chance)
    async with parts.configuring:
        redirect = _checked(given, parts, None)
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
        redirect = _checked(given, parts, parts.catalog.redirect(redirect_id))
        is_new = await parts.catalog.put_redirect(redirect)
    return Answer(redirect, status_code=201 if is_new else 200)


@patch("/redirects/{redirect_id:str}", needs="configure", body=Redirect)
async def patch_redirect(redirect_id: FromPath[str], request: Asked, parts: Given) -> Redirect:
    """Change some fields of a redirect (JSON merge patch). Null sets a field back to its default."""
    given = with_this_id(await object_of(request), redirect_id)
    async with parts.configuring:
        former = _known(redirect_id, parts)
        redirect = _checked(patched(former, given), parts, former)
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


def _checked(given: JsonObject, parts: Parts, former: Redirect | None) -> Redirect:
    redirect = record_of(Redirect, given)
    redirect = replace(redirect, url=_as_sent(redirect.url))
    faults = [
        *id_faults(redirect.id, parts.limits),
        *text_faults("name", redirect.name, parts.limits),
        *_faults(redirect, parts.limits),
        *_faults_of_source(redirect, former, parts.catalog),
        *_faults_of_event(redirect, parts),
    ]
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return redirect


def _as_sent(url: str) -> str:
    """The URL as it fits into a `Location` header, which takes ASCII only."""
    return quote(url, safe=_PRINTABLE_ASCII) if url.isprintable() else url


def _faults(redirect: Redirect, limits: Limits) -> Iterator[Fault]:
    if not _leads_on(redirect.url):
        yield Fault(("body", "url"), "url", "A URL begins with `http://` or `https://` and a host in ASCII (`xn--…`).")
    if len(redirect.url) > limits.url_bytes_max:
        yield Fault(("body", "url"), "too-long", f"A URL has at most {limits.url_bytes_max} bytes.")


def _faults_of_source(redirect: Redirect, former: Redirect | None, catalog: Catalog) -> Iterator[Fault]:
    # A redirect outlives its source. It can be changed all the same, as long as it is not given another one.
    if former is not None and former.source == redirect.source:
        return
    source = catalog.source(redirect.source)
    if source is None:
        yield Fault(("body", "source"), "unknown-source", "There is no source of this id.")
    elif "redirect" not in source.type:
        yield Fault(("body", "source"), "source-type", "The `type` of this source does not have `redirect`.")


def _faults_of_event(redirect: Redirect, parts: Parts) -> Iterator[Fault]:
    """What would keep its event from being kept, each time that somebody follows the link."""
    limits = parts.limits
    if type_name(redirect.event_type) is None:
        msg = "An event type is not blank and has no characters that cannot be seen."
        yield Fault(("body", "event_type"), "shape", msg)
    if is_too_long(redirect.event_type, limits.event_type_chars_max):
        msg = f"An event type has at most {limits.event_type_chars_max} characters."
        yield Fault(("body", "event_type"), "too-long", msg)
    source = parts.catalog.source(redirect.source)
    payload_limits = limits.server if source is not None and source.trust == "server" else limits.public
    excess = measure({"properties": redirect.properties}, limits, payload_limits).excess
    if excess is not None:
        yield Fault(("body", *excess.loc), excess.code, excess.msg)


def _leads_on(url: str) -> bool:
    """Whether a browser can follow it. White space and control characters have no place in a `Location` header.

    A host in other letters has been encoded as they are in a path, which not every client understands.
    """
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "%" not in parts.netloc
    except ValueError:
        return False


_PRINTABLE_ASCII = "".join(map(chr, range(0x20, 0x7F)))
