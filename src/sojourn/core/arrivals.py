"""How somebody came to a page: the campaign and the clicks that its address tells, and the site that led there."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from sojourn.core.contexts import TEXT_CHARS_MAX, URL_CHARS_MAX
from sojourn.core.references import value_at

CLICK_IDS = (
    "gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id", "epik", "rdt_cid",
    "sccid", "yclid",
)  # fmt: skip
"""Parameters by which platforms of advertising recognise their clicks."""

_UTM = "utm_"
_TELLING = re.compile(rf"[?&](?:{_UTM}|(?:{'|'.join(CLICK_IDS)})=)", re.IGNORECASE)
_ENGINES = re.compile(
    r"(?:(?:[a-z]{2}\.)?(?:www|m|search|lite|html)\.)?"
    r"(?P<name>aol|ask|baidu|bing|duckduckgo|ecosia|google|kagi|naver|qwant|seznam|sogou|startpage|yahoo|yandex)"
    r"\.(?:com?\.)?[a-z]{2,3}|search\.(?P<other>brave)\.com"
)


class Arrival(NamedTuple):
    """What the address of a page tells of the way to it."""

    utm: dict[str, object]
    click_ids: dict[str, object]


NOTHING = Arrival({}, {})


def arrival_at(page: object) -> Arrival:
    """Read the address of a page; NOTHING where it has none, or that tells nothing."""
    url = page.get("url") if isinstance(page, dict) else None
    if not isinstance(url, str) or "?" not in url or not _TELLING.search(url, 0, URL_CHARS_MAX):
        return NOTHING
    fields = _fields(url)
    utm = {name: fields[_UTM + name] for name in _UTM_NAMES if _UTM + name in fields}
    return Arrival(utm, {name: fields[name] for name in CLICK_IDS if name in fields})


def referrer_of(page: object) -> dict[str, object]:
    """The site that led to a page, and the search engine that it is; empty where nothing tells."""
    host = value_at(page, ("referer", "host"))
    if not isinstance(host, str) or not 0 < len(host.strip()) <= TEXT_CHARS_MAX:
        return {}
    host = host.strip().lower()
    engine = _ENGINES.fullmatch(host.partition(":")[0])
    if engine is None:
        return {"host": host}
    return {"host": host, "engine": engine["name"] or engine["other"]}


_UTM_NAMES = ("source", "medium", "campaign", "term", "content")


def _fields(url: str) -> dict[str, object]:
    """The first value of each parameter that says something, by its name in lower case."""
    try:
        query = urlsplit(url[:URL_CHARS_MAX]).query
    except ValueError:
        return {}
    fields: dict[str, object] = {}
    for name, value in parse_qsl(query):
        if 0 < len(value.strip()) <= TEXT_CHARS_MAX:
            fields.setdefault(name.lower(), value.strip())
    return fields
