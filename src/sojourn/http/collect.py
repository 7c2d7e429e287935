"""`/collect/{event type}/{source}[/{session}]`: webhooks, whatever they send (tracker.md §1.7, R-14)."""

from __future__ import annotations

from io import BytesIO
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

import msgspec
from multipart import MultipartError, MultipartParser, ParserLimitReached, parse_options_header

from sojourn.core.asserted import most_telling
from sojourn.core.event_types import is_too_long, type_name
from sojourn.core.events import BadEvent, Problem, ProfileMode, SentEvent
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.sources import Source
from sojourn.http import refusals
from sojourn.http.measure import Excess, beyond_limit, event_excess, is_fit_id
from sojourn.http.refusals import Refusal
from sojourn.http.request import Request, fields_of
from sojourn.http.track import answer_to
from sojourn.http.tracker import Sent, Tracker

_FIELDS_MAX = 512

_NOT_JSON = Problem(
    event=0, code="json_invalid", loc=("body",), msg="The body is not JSON; the event has no properties."
)
_NO_FORM = Problem(
    event=0, code="form_invalid", loc=("body",), msg="The form cannot be read; the event has no properties."
)


async def collect(tracker: Tracker, request: Request, parts: tuple[str, ...]) -> tuple[int, bytes]:
    """Take one event; `parts` are the segments of the path after `/collect`. Raises Refusal."""
    tracker.admission.check_address(request)
    event_type, source_id, session_id = _named(parts, tracker.limits)
    source = tracker.admission.check_source(request, source_id, "webhook", 1)
    body = await request.body(tracker.admission.limits_of(source), tracker.room)
    is_in_query = request.method == "GET"
    properties, warnings = (fields_of(request.query), ()) if is_in_query else _from_body(request, body, source.id)
    excess = event_excess(properties, tracker.limits, tracker.admission.limits_of(source))
    text = body or msgspec.json.encode(properties)
    event = SentEvent(type=event_type, properties=properties)
    whose = _whose(event, session_id, source, tracker)
    sent = Sent(
        entry="webhook",
        body=text,
        events=() if excess else ((0, event),),
        bad_events=(_beyond_limit(excess, event_type, text),) if excess else (),
        session_id=whose.session_id,
        profile_id=whose.profile_id,
        profile_mode=whose.mode,
        warnings=warnings,
    )
    submission, decision = await tracker.decide(request, whose.source, sent)
    return answer_to(submission, decision)


def _beyond_limit(excess: Excess, event_type: str, text: bytes) -> BadEvent:
    named = type_name(event_type)
    bad = beyond_limit(0, excess, ("body",), text.decode(errors="replace"))
    return msgspec.structs.replace(bad, type=named.type if named else None)


class _Whose(NamedTuple):
    """Whose the event of a webhook is to become."""

    mode: ProfileMode
    source: Source
    session_id: str | None
    profile_id: str | None = None


def _whose(event: SentEvent, session_id: str | None, source: Source, tracker: Tracker) -> _Whose:
    """What the path says, and what the source's settings find in the body (tracker.md §1.7)."""
    webhook = source.webhook
    path, properties = webhook.replace_profile_id, event.properties or {}
    told_id = _id_at(path, properties, tracker.limits) if path else ""
    if told_id:
        # For this request the source is one that adopts the ids of its clients: the settings say so.
        adopting = msgspec.structs.replace(source, static_profile_id=True)
        return _Whose(ProfileMode.FIND_OR_CREATE, adopting, session_id or told_id, told_id)
    if session_id is None and not webhook.generate_profile:
        return _Whose(ProfileMode.NONE, source, None)
    if session_id is None and webhook.sticky_session:
        session_id = _sticky_session(event, tracker.rules())
    return _Whose(ProfileMode.FIND_OR_CREATE, source, session_id)


def _sticky_session(event: SentEvent, ruleset: Ruleset) -> str | None:
    """The session that all webhooks share which tell of the same identifier; None where they tell of none."""
    identifier = most_telling(event.type, event.properties, ruleset)
    return ruleset.identifiers.sticky_session(identifier.key) if identifier is not None else None


def _id_at(path: str, properties: dict[str, object], limits: Limits) -> str:
    """The id at a dot path; empty when there is none, or nothing that can be one."""
    found: object = properties
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    id = str(found).strip()
    return id if is_fit_id(id, limits) else ""


def _named(parts: tuple[str, ...], limits: Limits) -> tuple[str, str, str | None]:
    event_type, source_id, session_id = (*(unquote(part) for part in parts), "", "")[:3]
    if type_name(event_type) is None or is_too_long(event_type, limits.event_type_chars_max):
        msg = "Event type can not be empty, too long, nor hold characters that cannot be seen."
        raise refusals.invalid([Problem(event=0, code="value_error", loc=("path", "event_type"), msg=msg)])
    session_id = session_id.strip()
    if not is_fit_id(session_id, limits):
        msg = "An id is too long, or holds control characters."
        raise refusals.invalid([Problem(event=0, code="limit.id", loc=("path", "session_id"), msg=msg)])
    return event_type, source_id.strip(), session_id or None


def _from_body(request: Request, body: bytes, source: str) -> tuple[dict[str, object], tuple[Problem, ...]]:
    """A body as properties: an object as it is, a list under `items`, text under `body`, a form's fields."""
    content_type, options = parse_options_header(request.header(b"content-type"))
    if not body:
        return {}, ()
    if content_type == "application/x-www-form-urlencoded":
        return _from_form(body, source), ()
    if content_type == "multipart/form-data":
        return _from_multipart(body, options.get("boundary", ""), source)
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        if content_type == "text/plain":
            return {"body": body.decode("utf-8", "replace")}, ()
        return {}, (_NOT_JSON,)
    if isinstance(value, dict):
        return value, ()
    return {"items": value} if isinstance(value, list) else {"body": value}, ()


def _from_form(body: bytes, source: str) -> dict[str, object]:
    try:
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError as error:
        raise _too_many_fields(source) from error
    return fields_of(form)


def _from_multipart(body: bytes, boundary: str, source: str) -> tuple[dict[str, object], tuple[Problem, ...]]:
    """The text fields of a form; of a file, its name."""
    fields: dict[str, list[str]] = {}
    size = len(body)
    try:
        # The body is in memory already, so there is no need to put long parts into files.
        parts = MultipartParser(
            BytesIO(body), boundary, content_length=size, part_limit=_FIELDS_MAX, spool_limit=size, memory_limit=size
        )
        for part in parts:
            fields.setdefault(part.name, []).append(part.filename or part.value)
    except ParserLimitReached as error:
        raise _too_many_fields(source) from error
    except (MultipartError, UnicodeDecodeError, LookupError):
        return {}, (_NO_FORM,)
    return fields_of(fields), ()


def _too_many_fields(source: str) -> Refusal:
    return refusals.invalid([Problem(event=0, code="limit.keys", loc=("body",), msg="Too many fields.")], source=source)
