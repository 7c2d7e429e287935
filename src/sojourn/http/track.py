"""`POST /track`: one source, one session, one profile, any number of events (tracker.md §1 to §4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from msgspec.structs import replace

from sojourn.core.events import Problem, ProfileMode, Submission
from sojourn.core.limits import PayloadLimits
from sojourn.core.pipeline import Decision
from sojourn.core.sources import Source
from sojourn.http import refusals
from sojourn.http.answers import (
    NO_PASSES,
    Given,
    ProfileAnswer,
    SessionAnswer,
    TrackAnswer,
    encode,
    status_of,
    track_answer,
)
from sojourn.http.handing_on import NOTHING, brought, given
from sojourn.http.request import Request
from sojourn.http.tracker import Sent, Submitted, Tracker
from sojourn.http.wire import Tracked, decode_track, payload_options


async def track(tracker: Tracker, request: Request) -> tuple[int, bytes]:
    """Take a payload as it comes in; answer with status and body. Raises Refusal."""
    terms = _terms(tracker, request)
    taken = _take(tracker, request, terms, await request.body(terms.limits, tracker.room))
    if not isinstance(taken, Submitted):
        return taken
    await taken.settled()
    return answer_submitted(tracker, request, taken)


def track_whole(tracker: Tracker, request: Request, sent: bytes) -> Submitted | tuple[int, bytes]:
    """Take a payload of which everything is here; the answer, if there is nothing to decide. Raises Refusal."""
    terms = _terms(tracker, request)
    return _take(tracker, request, terms, request.whole_body(sent, terms.limits, tracker.room))


def answer_submitted(tracker: Tracker, request: Request, submitted: Submitted) -> tuple[int, bytes]:
    """Status and body of the answer to a payload whose decision has come. Raises Refusal."""
    submission, decision = submitted.submission, tracker.decision(request, submitted)
    return answer_to(submission, decision, given(submission, decision, tracker))


def answer_to(submission: Submission, decision: Decision, given: Given = NO_PASSES) -> tuple[int, bytes]:
    """Status and body of the answer to a decision that is durable."""
    status = status_of(decision)
    if status == HTTPStatus.OK:
        return status, encode(track_answer(submission, decision, given))
    return status, encode({"detail": refusals.details(decision.errors)})


class _Terms(NamedTuple):
    """On what terms a payload is taken, as far as the head of its request tells."""

    limits: PayloadLimits
    profile_mode: ProfileMode


def _terms(tracker: Tracker, request: Request) -> _Terms:
    tracker.check_queue()
    tracker.admission.check_address(request)
    mode = ProfileMode.NONE if _flag(request, "profile_less") else ProfileMode.FIND_OR_CREATE
    return _Terms(tracker.admission.limits_before_source(request), mode)


def _take(tracker: Tracker, request: Request, terms: _Terms, body: bytes) -> Submitted | tuple[int, bytes]:
    tracked, source = _read(tracker, request, body, terms.limits)
    if not tracked.event_count:
        return 200, encode(_nothing(tracker, tracked))
    sent = _sent(tracked, body, terms.profile_mode)
    found = brought(tracked, source, tracker)
    if found is not NOTHING:
        sent = replace(sent, handed_on=found.handed_on, warnings=found.warnings)
    return tracker.submit(request, source, sent)


def _read(tracker: Tracker, request: Request, body: bytes, payload_limits: PayloadLimits) -> tuple[Tracked, Source]:
    """Decode; which source it is for stands in the body itself, and so do the limits that hold in the end."""
    limits = tracker.limits
    tracked = decode_track(body, limits, payload_limits)
    source = tracker.admission.check_source(request, tracked.source_id, "rest", tracked.event_count)
    own_limits = tracker.admission.limits_of(source)
    if own_limits is not payload_limits:
        if request.sent_bytes > own_limits.body_bytes_max or len(body) > own_limits.inflated_bytes_max:
            raise refusals.too_large("The body is too large.", source=source.id, count=tracked.event_count)
        tracked = decode_track(body, limits, own_limits)
    return tracked, source


def _sent(tracked: Tracked, body: bytes, profile_mode: ProfileMode) -> Sent:
    return Sent(
        entry="rest",
        body=body,
        events=tracked.events,
        bad_events=tracked.bad_events,
        session_id=tracked.session_id,
        profile_id=tracked.profile_id,
        profile_ids=tracked.profile_ids,
        context=tracked.context,
        properties=tracked.properties,
        tags=tracked.tags,
        options=payload_options(tracked.options, tracked.events),
        sent_at=tracked.sent_at,
        session_beginning=tracked.session_beginning,
        profile_beginning=tracked.profile_beginning,
        profile_mode=profile_mode,
    )


def _nothing(tracker: Tracker, tracked: Tracked) -> TrackAnswer:
    """The answer to a payload without events: nothing is looked up, so no profile is known; nothing is stored."""
    return TrackAnswer(task=tracker.new_task(), profile=ProfileAnswer(None), session=SessionAnswer(tracked.session_id))


def _flag(request: Request, name: str) -> bool:
    values = request.query.get(name) if request.query_string else None
    if not values:
        return False
    flag = _BOOLEANS.get(values[-1].lower())
    if flag is None:
        msg = "Input should be a valid boolean, unable to interpret input."
        raise refusals.invalid([Problem(event=None, code="bool_parsing", loc=("query", name), msg=msg)])
    return flag


_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
