"""What surrounds a visit: device, system, program, place, languages, campaign (tracker.md §6.1).

A session learns each of it once: from the first request that tells it. Device, system and program come from one client
and stay together. What the client's own context says of device and place wins over what headers and address say.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from sojourn.core.arrivals import NOTHING, arrival_at, referrer_of
from sojourn.core.client import Client
from sojourn.core.contexts import Context, browser_language_of, device_of, location_of, screen_of, utm_of
from sojourn.core.sessions import Session, first_wins

Part = dict[str, object]


class Told(NamedTuple):
    """What a request tells of the surroundings."""

    client: Client
    context: Context
    """That of the payload."""
    pages: list[object]
    """What its events call their pages, in their order; None where they do not."""


def with_surroundings(session: Session, told: Told, known: Session | None) -> Session:
    """The session with what a request tells of its surroundings; `known` is how it stood before the request."""
    session = _with_client(session, told.client)
    if known is None or known.context is not session.context:
        session = _with_context(session, known)
    session = _with_campaign(session, told)
    if known is None:
        session = _with_referrer(session, told.pages)
    return session


def shown_by_events(session: Session | None, client: Client) -> dict[str, Part]:
    """The parts of a session that its events show, as far as they are known; without one, those of the client."""
    if session is None:
        device = {**client.device, "geo": client.geo} if client.geo else client.device
        return _known_parts(device, client.os, client.app, {})
    return _known_parts(session.device, session.os, session.app, session.utm)


def _known_parts(device: Part, os: Part, app: Part, utm: Part) -> dict[str, Part]:
    shown = {}
    if device:
        shown["device"] = device
    if os:
        shown["os"] = os
    if app:
        shown["app"] = app
    if utm:
        shown["utm"] = utm
    return shown


def _with_client(session: Session, client: Client) -> Session:
    """Take over whom headers and address tell, where the session does not know yet."""
    news: dict[str, object] = {}
    device = session.device
    if client.app and not session.app:
        device = {**client.device, **device}
        news |= {"os": client.os, "app": client.app}
    if client.geo and not device.get("geo"):
        device = {**device, "geo": client.geo}
    if device is not session.device:
        news["device"] = device
    context = session.context
    if client.ip and "ip" not in context:
        context = {**context, "ip": client.ip}
    if client.languages.codes and "language_codes" not in context:
        languages = client.languages
        context = {**context, "language": languages.names, "language_codes": languages.codes}
    if context is not session.context:
        news["context"] = context
    return replace(session, **news) if news else session


def _with_context(session: Session, known: Session | None) -> Session:
    """Take over what the client says itself, from those parts of its context that are new."""
    context = session.context
    before = known.context if known is not None else {}
    device: dict[str, object] = {}
    if "screen" in context and "screen" not in before:
        device |= screen_of(context)
    if "device" in context and "device" not in before:
        device |= device_of(context)
    if "location" in context and "location" not in before:
        place = location_of(context)
        device |= {"geo": place} if place else {}
    language = browser_language_of(context) if "browser" in context and "browser" not in before else None
    app = {**session.app, "language": language} if language else session.app
    if not device and app is session.app:
        return session
    return replace(session, device={**session.device, **device}, app=app)


def _with_campaign(session: Session, told: Told) -> Session:
    """Take over campaign and clicks, key by key."""
    arrivals = [arrival for page in told.pages if (arrival := arrival_at(page)) is not NOTHING]
    if not arrivals and "utm" not in told.context:
        return session
    utm = first_wins(session.utm, utm_of(told.context))
    known_clicks = session.aux.get("click_ids")
    clicks = before = known_clicks if isinstance(known_clicks, dict) else {}
    for arrival in arrivals:
        utm = first_wins(utm, arrival.utm)
        clicks = first_wins(clicks, arrival.click_ids)
    if utm is session.utm and clicks is before:
        return session
    return replace(session, utm=utm, aux={**session.aux, "click_ids": clicks} if clicks else session.aux)


def _with_referrer(session: Session, pages: list[object]) -> Session:
    """Take over the site that led to the first page."""
    first = next((page for page in pages if page), None)
    referrer = referrer_of(first)
    return replace(session, aux={**session.aux, "referrer": referrer}) if referrer else session
