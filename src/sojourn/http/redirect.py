"""`/redirect/{id}[/{session}]`: record an event and lead on, whatever happens (tracker.md §1.8, R-15)."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, unquote

import msgspec

from sojourn.core.events import ProfileMode, SentEvent
from sojourn.core.sources import Redirect
from sojourn.http import refusals
from sojourn.http.measure import beyond_limit, event_excess, is_fit_id
from sojourn.http.refusals import Refusal
from sojourn.http.request import Request, fields_of
from sojourn.http.tracker import Sent, Tracker
from sojourn.ports.errors import NotSettled

SESSION_COOKIE = "tracardi-session-id"

FOUND_KEEPING_METHOD = 307
FOUND_AS_GET = 303


async def redirect(tracker: Tracker, request: Request, parts: tuple[str, ...]) -> tuple[int, str]:
    """Record the event of a redirect; answer with the status and the address that it leads to.

    Whatever goes wrong with the recording is counted and shown, and keeps nobody from getting where the link leads.
    Raises Refusal (404) for an unknown redirect only.
    """
    found = tracker.catalog.redirect(unquote(parts[0]))
    if found is None:
        raise Refusal(404, "Not Found", None)
    try:
        await _record(tracker, request, found, unquote(parts[1]) if len(parts) > 1 else "")
    except Refusal as refusal:
        tracker.note(refusal, "redirect")
    return FOUND_KEEPING_METHOD if request.method in ("GET", "HEAD") else FOUND_AS_GET, found.url


async def _record(tracker: Tracker, request: Request, found: Redirect, path_session: str) -> None:
    tracker.admission.check_address(request)
    source = tracker.admission.check_source(request, found.source, "redirect", 1)
    session_id = _session_id(request, path_session)
    if not is_fit_id(session_id, tracker.limits):
        session_id = ""
    body = await request.body(tracker.admission.limits_of(source), tracker.room)
    # A look at the session waits for the newest writes; most redirects do not ask for it.
    wants_session = b'"session@' in msgspec.json.encode(found.properties)
    values = {
        "payload": {"params": fields_of(request.query), "body": _readable(body)},
        "session": await _session(tracker, session_id, source.id) if wants_session else {},
    }
    properties = {name: _filled(template, values) for name, template in found.properties.items()}
    excess = event_excess(properties, tracker.limits, tracker.admission.limits_of(source))
    text = msgspec.json.encode(properties)
    sent = Sent(
        entry="redirect",
        body=text,
        events=() if excess else ((0, SentEvent(type=found.event_type, properties=properties)),),
        bad_events=(beyond_limit(0, excess, ("properties",), text.decode()),) if excess else (),
        session_id=session_id or None,
        profile_mode=ProfileMode.OF_SESSION,
    )
    await tracker.decide(request, source, sent)


def _session_id(request: Request, path_session: str) -> str:
    if path_session.strip():
        return path_session.strip()
    try:
        morsel = SimpleCookie(request.header(b"cookie")).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return morsel.value.strip() if morsel else ""


async def _session(tracker: Tracker, session_id: str, source: str) -> object:
    try:
        session = await tracker.find_session(session_id) if session_id else None
    except NotSettled as error:
        raise refusals.busy(source, 1, str(error), tracker.limits.retry_after_s) from error
    return msgspec.to_builtins(session) if session else {"id": session_id or None}


def _readable(body: bytes) -> object:
    """A body as JSON, else as the fields of a form."""
    try:
        return msgspec.json.decode(body) if body else {}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return fields_of(parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True))


def _filled(template: object, values: dict[str, object]) -> object:
    """A template's value: `payload@params.q` and the like stand for what they name, everything else for itself."""
    if isinstance(template, dict):
        return {name: _filled(part, values) for name, part in template.items()}
    if isinstance(template, list):
        return [_filled(part, values) for part in template]
    if not isinstance(template, str):
        return template
    root, at, path = template.partition("@")
    if not at or root not in values:
        return template
    found: object = values[root]
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found
