"""What the bytes of `/track` may look like, and their turning into records (tracker.md §2 and §3, §1.6).

A body is decoded at once, typed, and most bodies are plain: their types alone show that they keep to the limits. Any
other body is measured, and taken apart where it must be: the frame must be right, else nothing is accepted; each event
is then judged for itself, so that one bad event never loses the good ones (R-12).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from sojourn.core.event_types import is_too_long
from sojourn.core.events import UNTOLD, BadEvent, Beginning, EventTexts, Options, Problem, SentEvent
from sojourn.core.limits import Limits, PayloadLimits
from sojourn.core.outcomes import QUARANTINED_SHAPE
from sojourn.core.sources import PASSES_MAX
from sojourn.core.times import parse_time
from sojourn.http import refusals
from sojourn.http.measure import Excess, beyond_limit, is_fit_id, measure
from sojourn.http.payload import IdPart, LoosePayload, Payload, ProfilePart
from sojourn.http.plain import plain_payload
from sojourn.http.refusals import Refusal


class Tracked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A payload after the door: ids trimmed, everything within limits, bad events told from good ones."""

    source_id: str
    session_id: str | None
    profile_id: str | None
    profile_ids: tuple[str, ...]
    context: dict[str, object]
    properties: dict[str, object]
    tags: tuple[str, ...]
    options: dict[str, object]
    sent_at: datetime | None
    session_beginning: Beginning
    profile_beginning: Beginning
    events: tuple[tuple[int, SentEvent], ...]
    bad_events: tuple[BadEvent, ...]

    @property
    def event_count(self) -> int:
        """How many events were sent."""
        return len(self.events) + len(self.bad_events)


_payload = msgspec.json.Decoder(Payload)
_loose_payload = msgspec.json.Decoder(LoosePayload)
_event = msgspec.json.Decoder(SentEvent)
_any_json = msgspec.json.Decoder(msgspec.Raw)


def decode_track(body: bytes, limits: Limits, payload_limits: PayloadLimits) -> Tracked:
    """Read the body of `/track`. Raises Refusal when it is not a payload or carries too much."""
    _check_text(body)
    bad: list[BadEvent] = []
    texts = EventTexts(body)
    plain = plain_payload(body, limits, payload_limits)
    frame = plain or _frame(body)
    if len(frame.events) > payload_limits.events_max:
        raise refusals.too_large("Too many events.", count=len(frame.events))
    if plain is not None:
        good = _with_fit_names(plain, bad, texts, limits)
    else:
        nodes = _measure_frame(frame, limits, payload_limits)
        events = _events_one_by_one(frame.events, bad) if isinstance(frame, LoosePayload) else enumerate(frame.events)
        good = _within_limits(events, bad, frame, texts, nodes, limits, payload_limits)
    return _tracked(frame, good, bad, limits)


def _check_text(body: bytes) -> None:
    """The decoder skips what nobody asks for without a look at its text."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise _not_json(body, error) from error


def _frame(body: bytes) -> Payload | LoosePayload:
    try:
        return _payload.decode(body)
    except msgspec.ValidationError:
        return _loose_frame(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_json(body, error) from error


def _loose_frame(body: bytes) -> LoosePayload:
    try:
        return _loose_payload.decode(body)
    except msgspec.ValidationError as error:
        raise _no_payload(body, error) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_json(body, error) from error


def _events_one_by_one(raws: list[msgspec.Raw], bad: list[BadEvent]) -> list[tuple[int, SentEvent]]:
    good = []
    for index, raw in enumerate(raws):
        try:
            good.append((index, _event.decode(raw)))
        except msgspec.ValidationError as error:
            if "out of range" in str(error):
                raise refusals.unreadable("json.number", "A number is beyond all range.", "events", index) from error
            problem = _problem(error, index)
            text = bytes(raw).decode()
            bad.append(BadEvent(index=index, outcome=QUARANTINED_SHAPE, problems=(problem,), raw=text))
        except (msgspec.DecodeError, RecursionError) as error:
            raise _not_json(bytes(raw), error) from error
    return good


def _measure_frame(frame: Payload | LoosePayload, limits: Limits, payload_limits: PayloadLimits) -> int:
    count = len(frame.events)
    nodes, excess = measure(_free_form(frame, "context", "properties", "options"), limits, payload_limits)
    if nodes > payload_limits.nodes_max:
        raise refusals.too_large("Too many values.", count=count)
    excess = excess or _tags_excess(frame.tags or (), limits)
    if excess is not None:
        raise refusals.invalid([_excess_problem(excess, None, ("body",))], count=count)
    return nodes


def _with_fit_names(
    frame: Payload, bad: list[BadEvent], texts: EventTexts, limits: Limits
) -> list[tuple[int, SentEvent]]:
    """The events of a plain payload whose type, id and tags can be such; the others join the bad ones."""
    good = []
    for index, sent in enumerate(frame.events):
        event = _with_clean_id(sent)
        excess = _event_excess(event, frame.tags or (), limits)
        if excess is None:
            good.append((index, event))
        else:
            bad.append(beyond_limit(index, excess, ("body", "events", index), texts.of(index)))
    return good


def _within_limits(
    events: Iterable[tuple[int, SentEvent]],
    bad: list[BadEvent],
    frame: Payload | LoosePayload,
    texts: EventTexts,
    nodes: int,
    limits: Limits,
    payload_limits: PayloadLimits,
) -> list[tuple[int, SentEvent]]:
    """The events that keep to the limits, their ids trimmed; the others join the bad ones."""
    good = []
    may_be_large = texts.size > payload_limits.event_bytes_max
    for index, sent in events:
        event = _with_clean_id(sent)
        event_nodes, excess = measure(_free_form(event, "properties", "context", "options"), limits, payload_limits)
        nodes += event_nodes
        if nodes > payload_limits.nodes_max:
            raise refusals.too_large("Too many values.", count=len(frame.events))
        excess = excess or _event_excess(event, frame.tags or (), limits)
        if excess is None and may_be_large and len(msgspec.json.encode(event)) > payload_limits.event_bytes_max:
            excess = Excess("limit.event", (), "The event is too large.")
        if excess is None:
            good.append((index, event))
        else:
            bad.append(beyond_limit(index, excess, ("body", "events", index), texts.of(index)))
    return good


def _free_form(of: SentEvent | Payload | LoosePayload, *fields: str) -> dict[str, object]:
    return {field: value for field in fields if (value := getattr(of, field))}


def _event_excess(event: SentEvent, common_tags: Sequence[str], limits: Limits) -> Excess | None:
    if is_too_long(event.type, limits.event_type_chars_max):
        return Excess("limit.type", ("type",), "The event type is too long.")
    if event.id is not None and not is_fit_id(event.id, limits):
        return Excess("limit.id", ("id",), "An id is too long, or holds control characters.")
    return _tags_excess({*event.tags, *common_tags}, limits) if event.tags else None


def _tags_excess(tags: Collection[str], limits: Limits) -> Excess | None:
    if len(tags) > limits.tags_max:
        return Excess("limit.tags", ("tags",), "Too many tags.")
    if any(len(tag.encode()) > limits.tag_bytes_max for tag in tags):
        return Excess("limit.tag", ("tags",), "A tag is too long.")
    return None


def _with_clean_id(event: SentEvent) -> SentEvent:
    if event.id is None:
        return event
    trimmed = event.id.strip()
    if trimmed == event.id and trimmed:
        return event
    return msgspec.structs.replace(event, id=trimmed or None)


def _tracked(
    frame: Payload | LoosePayload, events: list[tuple[int, SentEvent]], bad: list[BadEvent], limits: Limits
) -> Tracked:
    profile = frame.profile
    count = len(frame.events)
    aliases = profile.ids if isinstance(profile, ProfilePart) and profile.ids else ()
    if len(aliases) > limits.profile_ids_max:
        loc = ("body", "profile", "ids")
        raise refusals.invalid([Problem(event=None, code="limit.ids", loc=loc, msg="Too many ids.")], count=count)
    return Tracked(
        source_id=frame.source.id.strip(),
        session_id=_id_of(frame.session, "session", limits, count),
        profile_id=_id_of(profile, "profile", limits, count),
        profile_ids=_fit_ids(aliases, limits) if aliases else (),
        context=frame.context or {},
        properties=frame.properties or {},
        tags=tuple(frame.tags or ()),
        options=frame.options or {},
        sent_at=parse_time(frame.sent_at) if frame.sent_at is not None else None,
        session_beginning=_beginning(frame.session),
        profile_beginning=_beginning(profile),
        events=tuple(events),
        bad_events=tuple(bad),
    )


def _id_of(part: IdPart | ProfilePart | str | None, field: str, limits: Limits, count: int) -> str | None:
    """The trimmed id, None where there is none: an empty text stands for none (R-08)."""
    if part is None:
        return None
    if isinstance(part, str):
        if part.strip():
            msg = "Input should be a valid dictionary."
            raise refusals.invalid([Problem(event=None, code="dict_type", loc=("body", field), msg=msg)], count=count)
        return None
    trimmed = part.id.strip() if part.id else ""
    if not is_fit_id(trimmed, limits):
        msg = "An id is too long, or holds control characters."
        raise refusals.invalid([Problem(event=None, code="limit.id", loc=("body", field, "id"), msg=msg)], count=count)
    return trimmed or None


def _fit_ids(aliases: Iterable[str], limits: Limits) -> tuple[str, ...]:
    return tuple(alias for alias in map(str.strip, aliases) if alias and is_fit_id(alias, limits))


def _beginning(part: IdPart | ProfilePart | str | None) -> Beginning:
    """When a session or profile began, by `metadata.insert` or, as in documents, `metadata.time.insert`."""
    metadata = None if part is None or isinstance(part, str) else part.metadata
    if not isinstance(metadata, dict):
        return UNTOLD
    time = metadata.get("time")
    told = time if isinstance(time, dict) else metadata
    return Beginning(insert=_moment(told.get("insert")), create=_moment(told.get("create")))


def _moment(written: object) -> datetime | None:
    return parse_time(written) if isinstance(written, str | int | float) else None


def payload_options(options: dict[str, object], events: tuple[tuple[int, SentEvent], ...]) -> Options:
    """The options that hold for the whole payload; only JSON booleans count (tracker.md §3.4, R-25, R-26).

    A session is not saved when the payload says so, or every one of its events; a profile comes back when the payload
    or any of its events asks for it.
    """
    told = [event.options for _, event in events if event.options]
    if not options and not told:
        return _PLAIN
    all_forbid_session = len(told) == len(events) > 0 and all(_forbids(each, "saveSession") for each in told)
    return Options(
        save_events=not any(_forbids(options, name) for name in ("saveEvents", "saveEvent", "save")),
        save_session=not _forbids(options, "saveSession") and not all_forbid_session,
        save_profile=not _forbids(options, "saveProfile"),
        return_profile=_asks_for(options, "profile") or any(_asks_for(o, "profile") for o in told),
        debugger=_asks_for(options, "debugger"),
        hands_on_to=_targets(options.get("pass")),
    )


_PLAIN = Options()


def _asks_for(options: dict[str, object], name: str) -> bool:
    return options.get(name) is True


def _targets(asked: object) -> tuple[str, ...]:
    """The sources for which a payload asks for passes."""
    if isinstance(asked, list):
        return tuple(source for source in asked[:PASSES_MAX] if isinstance(source, str))
    return ("*",) if asked is True else ()


def _forbids(options: dict[str, object], name: str) -> bool:
    return options.get(name) is False


_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_PART = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")
_MISSING = re.compile(r"missing required field `(?P<field>\w+)`")
_KINDS = (
    ("object", "dict_type", "Input should be a valid dictionary."),
    ("array", "list_type", "Input should be a valid list."),
    ("float", "datetime_parsing", "Input should be a valid datetime."),
    ("str", "string_type", "Input should be a valid string."),
)


def _problem(error: msgspec.ValidationError, event: int | None) -> Problem:
    """The decoder's message as the code, place and text that Tracardi's clients know (tracker.md §1.6, R-07)."""
    text = str(error)
    loc: list[str | int] = ["body"] if event is None else ["body", "events", event]
    path = _PATH.search(text)
    parts = _PART.finditer(path["path"] if path else "")
    loc.extend(int(part["index"]) if part["index"] else part["name"] or "..." for part in parts)
    missing = _MISSING.search(text)
    if missing:
        return Problem(event=event, code="missing", loc=(*loc, missing["field"]), msg="Field required.")
    expected = text.partition(", got ")[0]
    for word, code, msg in _KINDS:
        if word in expected:
            return Problem(event=event, code=code, loc=tuple(loc), msg=msg)
    return Problem(event=event, code="value_error", loc=tuple(loc), msg="Input is not valid here.")


def _no_payload(body: bytes, error: msgspec.ValidationError) -> Refusal:
    try:
        _any_json.decode(body)
    except (msgspec.DecodeError, RecursionError) as unreadable:
        return _not_json(body, unreadable)
    if "out of range" in str(error):
        return refusals.unreadable("json.number", "A number is beyond all range.")
    return refusals.invalid([_problem(error, None)], count=_events_in(body))


def _excess_problem(excess: Excess, event: int | None, loc: tuple[str | int, ...]) -> Problem:
    return Problem(event=event, code=excess.code, loc=(*loc, *excess.loc), msg=excess.msg)


_OFFSET = re.compile(r"\(byte (\d+)\)")
_NO_NUMBERS = (b"NaN", b"Infinity", b"-Infinity", b"nan", b"inf")


def _not_json(body: bytes, error: Exception) -> Refusal:
    if not body.strip():
        return refusals.unreadable("missing", "Field required.")
    if isinstance(error, RecursionError):
        return refusals.unreadable("json.depth", "The JSON is nested too deeply.")
    found = _OFFSET.search(str(error))
    offset = error.start if isinstance(error, UnicodeDecodeError) else int(found[1]) if found else len(body)
    if body[max(offset - 1, 0) : offset + 9].lstrip(b" :[,-").startswith(_NO_NUMBERS):
        return refusals.unreadable("json.number", "JSON has no such number.", offset)
    return refusals.unreadable("json_invalid", "JSON decode error.", offset)


class _AnyEvents(msgspec.Struct):
    events: list[msgspec.Raw]


def _events_in(body: bytes) -> int:
    """How many events a refused payload holds; 1 where they cannot be counted."""
    try:
        return len(msgspec.json.decode(body, type=_AnyEvents).events)
    except msgspec.ValidationError:
        return 1
