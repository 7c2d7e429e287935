"""Passes: tokens by which a server hands a person on to another site. Nothing of the person is told by them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, post
from msgspec import Meta

from sojourn.core.passes import TTL_S, TTL_S_MAX
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, object_of, record_of
from sojourn.http.manage.names import unknown
from sojourn.http.manage.parts import Given
from sojourn.http.problems import INVALID_BODY, UNKNOWN_ID, Declined, Fault


class PassFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to hand on, and where to."""

    profile: str
    """Any id of the person."""
    source: str
    """The id of the source through which the other site sends events; the token is valid there only."""
    ttl_s: Annotated[int, Meta(ge=1, le=TTL_S_MAX)] = TTL_S
    """Seconds for which it is valid."""


class PassAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A token, which is used once. Clients send it as `context.tracardi.pass.token`."""

    token: str
    source: str
    expires_at: datetime


@post("/identity/pass", needs="pass", body=PassFields, problems=(UNKNOWN_ID,))
async def make_pass(request: Asked, parts: Given) -> Response[PassAnswer]:
    """Make a token that hands a person on to another site, for minutes and for one use."""
    asked = record_of(PassFields, await object_of(request))
    if parts.catalog.source(asked.source) is None:
        fault = Fault(("body", "source"), "unknown", "There is no source of this id.")
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", [fault])
    profile = await parts.records.profile(asked.profile)
    if profile is None:
        raise unknown("profile")
    issued = parts.passes.issue(
        profile.id, asked.source, now=parts.clock.now(), entropy=parts.chance.bits(), ttl_s=asked.ttl_s
    )
    made = PassAnswer(token=issued.token, source=asked.source, expires_at=issued.expires_at)
    return Answer(made, status_code=201)


HANDLERS = (make_pass,)
