"""What contexts tell in the places that are known (tracker.md §6.1), in the shape of the documents.

Contexts are free: whatever has another form than expected there counts as not told, and costs nothing (R-11).
"""

from __future__ import annotations

from typing import TypeGuard

from sojourn.core.fields import Path
from sojourn.core.references import value_at

Context = dict[str, object]

TEXT_CHARS_MAX = 512
"""A longer text is no name of a device, a place or a campaign."""
URL_CHARS_MAX = 4_096


def user_agent_of(context: Context) -> str:
    """What the page said its browser was; empty where it did not."""
    return _text(value_at(context, ("browser", "local", "browser", "userAgent"))) or ""


def browser_language_of(context: Context) -> str | None:
    """The language of the browser's own menus, with its region."""
    return _text(value_at(context, ("browser", "local", "browser", "language")))


def time_zone_of(context: Context) -> str | None:
    """The name of the time zone, as in `Europe/Warsaw`."""
    time = context.get("time")
    zone = time.get("tz") if isinstance(time, dict) else None
    return _text(zone) if isinstance(zone, str) else None


def device_of(context: Context) -> dict[str, object]:
    """What the client itself calls its device, which is better known to an app than to its user agent."""
    return _texts(context.get("device"), _DEVICE)


def screen_of(context: Context) -> dict[str, object]:
    """The screen, as the fields of a device: resolution, depth of colours, orientation."""
    screen = value_at(context, ("screen", "local"))
    if not isinstance(screen, dict):
        return {}
    width, height = _size(screen.get("width")), _size(screen.get("height"))
    told = {
        "resolution": f"{width}x{height}" if width and height else None,
        "color_depth": _size(screen.get("colorDepth")),
        "orientation": _text(screen.get("orientation")),
    }
    return {name: value for name, value in told.items() if value is not None}


def location_of(context: Context) -> dict[str, object]:
    """Where the client says it is. A lone latitude, and one that lies beyond the poles, is no place."""
    location = context.get("location")
    if not isinstance(location, dict):
        return {}
    place = _texts(location, _PLACE)
    country = _texts(location.get("country"), _COUNTRY)
    if country:
        place["country"] = country
    latitude, longitude = _degrees(location.get("latitude"), 90), _degrees(location.get("longitude"), 180)
    if latitude is not None and longitude is not None:
        place |= {"latitude": latitude, "longitude": longitude}
    return place


def utm_of(context: Context) -> dict[str, object]:
    """The campaign that led here, as the page read it off its address."""
    return _texts(context.get("utm"), _UTM)


def hit_of(page: object) -> dict[str, object]:
    """The page that an event happened on: its title, its address, and the host that led to it."""
    if not isinstance(page, dict):
        return {}
    name, url = _text(page.get("title")), _text(page.get("url"), URL_CHARS_MAX)
    referer = page.get("referer")
    host = _text(referer.get("host")) if isinstance(referer, dict) else None
    hit: dict[str, object] = {}
    if name is not None:
        hit["name"] = name
    if url is not None:
        hit["url"] = url
    if host is not None:
        hit["referer"] = host
    return hit


_DEVICE = ("name", "brand", "model", "type")
_PLACE = ("city", "county", "postal")
_COUNTRY = ("name", "code")
_UTM = ("source", "medium", "campaign", "term", "content")
_PIXELS_MAX = 100_000


def _texts(told: object, names: Path) -> dict[str, object]:
    """Those of the names under which a text is told."""
    if not isinstance(told, dict):
        return {}
    texts = ((name, _text(told.get(name))) for name in names)
    return {name: text for name, text in texts if text is not None}


def _text(value: object, chars_max: int = TEXT_CHARS_MAX) -> str | None:
    """A text that says something, trimmed; a number is one, too."""
    if isinstance(value, str):
        text = value.strip()
    elif _is_number(value):
        text = str(value)
    else:
        return None
    return text if 0 < len(text) <= chars_max else None


def _size(value: object) -> int | None:
    """A whole number of pixels or bits."""
    return int(value) if _is_number(value) and 0 < value <= _PIXELS_MAX else None


def _degrees(value: object, most: int) -> float | None:
    return value if _is_number(value) and -most <= value <= most else None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
