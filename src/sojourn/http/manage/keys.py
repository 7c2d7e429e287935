"""Keys: tokens for this API. The token itself is shown once, when its key is made; only its digest is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath

from sojourn.core.sources import SCOPES, ApiKey
from sojourn.http.auth import TOKEN_PREFIX, digest_of
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, object_of, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing_by_id
from sojourn.http.manage.names import id_faults, text_faults, unknown, with_id
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.problems import ID_TAKEN, INVALID_BODY, Declined, Fault
from sojourn.ports.errors import AlreadyExists


class KeyFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one says of a key that is to be made."""

    id: str
    name: str
    scopes: tuple[str, ...]
    """What the token opens."""
    expires_at: datetime | None = None
    """From when on the token is worth nothing; null for never."""


class KeyAnswer(ApiKey, frozen=True, kw_only=True):
    """A key that was just made, with its token, which is never shown again."""

    token: str


@post("/keys", needs="admin", body=KeyFields, problems=(ID_TAKEN,))
async def add_key(request: Asked, parts: Given) -> Response[KeyAnswer]:
    """Make a key and its token. Without an `id`, it gets a new UUID."""
    asked = record_of(KeyFields, with_id(await object_of(request), parts.chance))
    faults = list(_faults(asked, parts))
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    token = TOKEN_PREFIX + parts.chance.token()
    made = {**msgspec.structs.asdict(asked), "created_at": parts.clock.now(), "expires_at": _in_utc(asked.expires_at)}
    async with parts.configuring:
        try:
            await parts.catalog.add_key(ApiKey(**made), digest_of(token.encode()))
        except AlreadyExists as error:
            raise Declined(ID_TAKEN) from error
    return Answer(KeyAnswer(**made, token=token), status_code=201)


@get("/keys", needs="admin")
async def list_keys(parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> Listing[ApiKey]:
    """List the keys, by id, without their tokens."""
    return listing_by_id(parts.catalog.keys(), lambda key: key.id, items_max(limit, parts.limits), cursor)


@delete("/keys/{key_id:str}", needs="admin")
async def remove_key(key_id: FromPath[str], parts: Given) -> None:
    """Revoke a key. Its token is worth nothing from this moment on."""
    async with parts.configuring:
        if not await parts.catalog.remove_key(key_id):
            raise unknown("key")


HANDLERS = (add_key, list_keys, remove_key)


def _faults(asked: KeyFields, parts: Parts) -> Iterator[Fault]:
    yield from id_faults(asked.id, parts.limits)
    yield from text_faults("name", asked.name, parts.limits)
    names = [scope.name for scope in SCOPES]
    if not asked.scopes:
        yield Fault(("body", "scopes"), "empty", f"A key has at least one scope of {', '.join(names)}.")
    for index, scope in enumerate(asked.scopes):
        if scope not in names:
            yield Fault(("body", "scopes", index), "unknown-scope", f"The scopes are {', '.join(names)}.")
    expires_at = asked.expires_at
    if expires_at is not None and expires_at.tzinfo is None:
        yield Fault(("body", "expires_at"), "time", "A time says its offset from UTC, such as `Z`.")
    elif expires_at is not None and _in_utc(expires_at) is None:
        yield Fault(("body", "expires_at"), "time", "In UTC, the time lies outside the years 1 to 9999.")
    elif expires_at is not None and expires_at <= parts.clock.now():
        yield Fault(("body", "expires_at"), "past", "A key expires in the future.")


def _in_utc(moment: datetime | None) -> datetime | None:
    """The moment in UTC; None for none, and where UTC has no year for it."""
    try:
        return moment and moment.astimezone(UTC)
    except OverflowError:
        return None
