"""Quarantine: events that were put aside instead of kept. People look at them, mend them, and have them tried again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, QueryParameter

from sojourn.core.changes import PutAside, Quarantined
from sojourn.core.draft import Status
from sojourn.core.events import Problem
from sojourn.core.outcomes import Fate
from sojourn.core.pipeline import Decision
from sojourn.core.sources import Source
from sojourn.engine.collector import Faulty
from sojourn.http.manage.bodies import Asked, object_of, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing, place_of
from sojourn.http.manage.names import unknown
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.problems import INTERNAL, INVALID_BODY, WRONG_STATE, Declined, Fault
from sojourn.http.refusals import Refusal
from sojourn.http.replaying import replayed


class ReplayFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be tried in the place of the event; nothing tries it as it was sent."""

    event: dict[str, object] | None = None
    """The whole event as it should be, in the shape that `/track` takes."""


class ReplayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a replay that was accepted. The event has left the quarantine."""

    event: str | None
    """The id under which it is kept."""
    outcome: Fate
    """`kept`, or `duplicate` when the client had sent the same event again and it was kept."""
    profile: str | None
    session: str | None
    warnings: tuple[Problem, ...]


@get("/quarantine", needs="read")
async def list_quarantined(
    parts: Given,
    source: Annotated[str | None, QueryParameter(description="Only events that were sent to this source.")] = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> Listing[Quarantined]:
    """List the events that were put aside, newest first. `raw` is the exact JSON text that was sent."""
    page = await parts.records.quarantined(source=source, limit=items_max(limit, parts.limits), after=place_of(cursor))
    return listing(page, lambda quarantined: quarantined)


@get("/quarantine/{quarantined_id:str}", needs="read")
async def read_quarantined(quarantined_id: FromPath[str], parts: Given) -> Quarantined:
    """Read an event that was put aside."""
    return (await _known(quarantined_id, parts)).event


@delete("/quarantine/{quarantined_id:str}", needs="configure")
async def remove_quarantined(quarantined_id: FromPath[str], parts: Given) -> None:
    """Remove an event that was put aside. It can not be replayed any more."""
    if not await parts.quarantine.remove(quarantined_id):
        raise unknown("quarantined event")


@post(
    "/quarantine/{quarantined_id:str}/replay",
    needs="configure",
    status_code=200,
    body=ReplayFields,
    body_optional=True,
    problems=(WRONG_STATE,),
)
async def replay_quarantined(quarantined_id: FromPath[str], request: Asked, parts: Given) -> ReplayAnswer:
    """Try an event again, mended or as it was sent: with its source, session, person and its time of arrival of then.

    It is tried as often as it takes, and accepted once: from then on the answer is 409. When it is declined, it stays
    where it is. The context of the payload that it came in is not known any more.
    """
    given = record_of(ReplayFields, await object_of(request)) if await request.body() else ReplayFields()
    if await parts.quarantine.is_settled(quarantined_id):
        raise Declined(WRONG_STATE, _SETTLED)
    aside = await _known(quarantined_id, parts)
    source = _source(aside, parts)
    try:
        submission = replayed(aside, given.event, source, limits=parts.limits, clock=parts.clock, chance=parts.chance)
    except Refusal as refusal:
        raise Declined(INVALID_BODY, _NO_EVENT, _refusal_faults(refusal)) from refusal
    try:
        decision = await parts.submit(submission)
    except Faulty as error:
        raise Declined(INTERNAL, f"Deciding the event failed; the log has more under {submission.id}.") from error
    return _answer(decision)


HANDLERS = (list_quarantined, read_quarantined, remove_quarantined, replay_quarantined)

_SETTLED = "This event left the quarantine before: it was replayed, removed, or erased with its person."
_NO_EVENT = "The event still cannot be accepted; it stays in the quarantine."


async def _known(quarantined_id: str, parts: Parts) -> PutAside:
    aside = await parts.records.put_aside(quarantined_id)
    if aside is None:
        raise unknown("quarantined event")
    return aside


def _source(aside: PutAside, parts: Parts) -> Source:
    source = parts.catalog.source(aside.event.source)
    if source is None:
        raise Declined(
            WRONG_STATE, "The source of this event was removed. Make one of the same id, or remove the event."
        )
    if not source.enabled:
        raise Declined(WRONG_STATE, "The source of this event is disabled. Enable it first.")
    return source


def _answer(decision: Decision) -> ReplayAnswer:
    [ended] = decision.outcomes
    if decision.status is Status.SETTLED:
        raise Declined(WRONG_STATE, _SETTLED)
    if ended.outcome.fate not in (Fate.KEPT, Fate.DUPLICATE):
        raise Declined(INVALID_BODY, _NO_EVENT, _faults(decision.errors))
    return ReplayAnswer(
        event=ended.id,
        outcome=ended.outcome.fate,
        profile=decision.profile_id,
        session=decision.session_id,
        warnings=decision.warnings,
    )


def _faults(problems: Iterable[Problem]) -> Iterator[Fault]:
    return (Fault(_place(problem.loc), problem.code, problem.msg) for problem in problems)


def _refusal_faults(refusal: Refusal) -> Iterator[Fault]:
    if isinstance(refusal.detail, str):
        yield Fault(("body", "event"), "too-large", refusal.detail)
        return
    for told in refusal.detail:
        loc = told["loc"]
        assert isinstance(loc, list), "refusals tell a place"
        yield Fault(_place(tuple(loc)), str(told["type"]), str(told["msg"]))


def _place(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A place in a payload of this one event, as a place in the body of the replay."""
    return ("body", "event", *loc[3:]) if loc[:2] == ("body", "events") else loc
