"""The requests that the load tool sends: what the tracker of a shop sends, prepared so that filling one in is cheap.

A newcomer's first request tells all about the browser (tracker.md §2); later ones only name session and profile. Plain
requests come from a program: the same properties, under types that nobody has described, and nothing around them.
Every template has the length of what it becomes, so that its `Content-Length` holds for each request made of it.
"""

from __future__ import annotations

import json
import random

from sojourn.bench.scenarios import Scenario

VARIANTS = 64
"""Different requests of one kind: pages and products differ, as they do in life."""

ID_CHARS = 36
"""Length of every id that is filled in, that of a UUID."""

_NOW_CHARS = len("2026-01-01T00:00:00.000Z")
_TZ = "Europe/Berlin"
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
_SHOP = "https://shop.example"
_FIELDS = {"session": ID_CHARS, "profile": ID_CHARS, "fresh": ID_CHARS, "now": _NOW_CHARS}
"""What is filled in for each request, with its length. `fresh` is an id that no request had before."""

_BROWSER = {
    "time": {"local": "@now@", "tz": _TZ},
    "browser": {
        "local": {
            "browser": {
                "name": "Netscape",
                "engine": "Gecko",
                "userAgent": _AGENT,
                "language": "de-DE",
                "onLine": True,
                "javaEnabled": False,
                "cookieEnabled": True,
            },
            "device": {"platform": "Linux x86_64"},
        }
    },
    "screen": {
        "local": {
            "width": 1920,
            "height": 1080,
            "innerWidth": 1903,
            "innerHeight": 969,
            "colorDepth": 24,
            "pixelDepth": 24,
            "orientation": "landscape-primary",
        }
    },
    "utm": {"source": "newsletter", "medium": "email", "campaign": "autumn"},
}

_PLAIN_HEAD = """\
POST /track HTTP/1.1
Host: @host@
Accept: */*
Content-Type: application/json
Content-Length: @length@

""".replace("\n", "\r\n")

_HEAD = f"""\
POST /track HTTP/1.1
Host: @host@
User-Agent: {_AGENT}
Accept: */*
Accept-Language: de-DE,de;q=0.9,en;q=0.8
Content-Type: application/json
Origin: {_SHOP}
Referer: {_SHOP}/
Content-Length: @length@

""".replace("\n", "\r\n")


def templates(scenario: Scenario, *, host: str, source: str) -> list[bytes]:
    """The variants of a scenario's request, to be filled in with `template % {b"session": ..., b"now": ...}`."""
    draw = random.Random(2026)  # The same requests at every run.
    payloads = [_payload(scenario, source, draw) for _ in range(VARIANTS)]
    head = (_PLAIN_HEAD if scenario.kind == "plain" else _HEAD).replace("@host@", host)
    return [_template(json.dumps(payload, separators=(",", ":")), head) for payload in payloads]


def _payload(scenario: Scenario, source: str, draw: random.Random) -> dict[str, object]:
    is_known = scenario.people == "returning"
    told = {"context": {"time": {"tz": _TZ}} if is_known else _BROWSER} if scenario.kind == "told" else {}
    return {
        "source": {"id": source},
        "session": {"id": "@session@"},
        **({"profile": {"id": "@profile@"}} if is_known else {}),
        **told,
        "events": [_event(index, draw, scenario) for index in range(scenario.events)],
    }


def _event(index: int, draw: random.Random, scenario: Scenario) -> dict[str, object]:
    product = draw.randrange(10_000, 99_999)
    event_type, properties = _STORY[index % len(_STORY)]
    event = {
        **({"id": f"@fresh@-{index:03}"} if scenario.event_ids else {}),
        "type": event_type,
        "time": {"create": "@now@"},
        "properties": {"id": f"sku-{product}", **properties},
    }
    if scenario.kind == "plain":
        return {**event, "type": f"own-{event_type}"}
    page = {"url": f"{_SHOP}/shoes/{product}", "path": f"/shoes/{product}", "title": "Shoes"}
    return {**event, "context": {"page": page}}


_STORY: tuple[tuple[str, dict[str, object]], ...] = (
    ("page-view", {"category": "shoes"}),
    ("product-details-page-view", {"name": "Runner", "category": "shoes", "price": 34.43}),
    ("search", {"query": "running shoes", "category": "shoes"}),
    ("product-clicked", {"name": "Runner", "position": 3}),
    ("product-added-to-basket", {"name": "Runner", "price": 34.43, "quantity": 1}),
)


def _template(body: str, head: str) -> bytes:
    length = len(body)
    for field, chars in _FIELDS.items():
        length += body.count(f"@{field}@") * (chars - len(f"@{field}@"))
    text = (head.replace("@length@", str(length)) + body).replace("%", "%%")
    for field in _FIELDS:
        text = text.replace(f"@{field}@", f"%({field})b")
    return text.encode()
