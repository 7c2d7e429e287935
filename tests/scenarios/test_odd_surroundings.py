"""No context and no header costs an event, and no address gets onto the disk (tracker.md R-11, security.md §5)."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.stores.memory import MemoryStore
from sojourn.testing import CrashableStore
from tests.door import Door, a_door, a_payload
from tests.enrichment.user_agents import WINDOWS

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
).filter(lambda value: "\0" not in str(value))


def objects_of(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects with some of these members, now and then something else in their place."""
    return st.fixed_dictionaries({}, optional=members) | ANYTHING


TEXTS = (
    st.sampled_from(["x", "Europe/Oslo", "UTC", "", "https://a.example/?utm_source=a&gclid=b", "[", "  "]) | ANYTHING
)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "device": objects_of(name=TEXTS, brand=TEXTS, model=TEXTS, type=TEXTS),
        "screen": objects_of(local=objects_of(width=ANYTHING, height=ANYTHING, colorDepth=ANYTHING, orientation=TEXTS)),
        "location": objects_of(country=objects_of(name=TEXTS, code=TEXTS), latitude=ANYTHING, longitude=ANYTHING),
        "utm": objects_of(source=TEXTS, medium=TEXTS),
        "time": objects_of(tz=TEXTS),
        "browser": objects_of(local=objects_of(browser=objects_of(language=TEXTS, userAgent=TEXTS))),
        "page": objects_of(title=TEXTS, url=TEXTS, referer=objects_of(host=TEXTS)),
        "ip": ANYTHING,
        "language": ANYTHING,
    },
)
HEADERS = st.dictionaries(
    st.sampled_from(["user-agent", "accept-language", "sec-ch-ua", "sec-ch-ua-model", "from", "x-forwarded-for"]),
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40),
)


def is_keepable(context: Any) -> bool:
    """Whether the door takes such names at all; an empty one is no name."""
    if isinstance(context, dict):
        return all(name and name.isprintable() and is_keepable(value) for name, value in context.items())
    return not isinstance(context, list) or all(map(is_keepable, context))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    payload=CONTEXTS.filter(is_keepable),
    own=st.none() | CONTEXTS.filter(is_keepable),
    headers=HEADERS,
    again=CONTEXTS.filter(is_keepable),
)
async def test_every_event_is_kept_whatever_surrounds_it(
    payload: dict[str, Any], own: dict[str, Any] | None, headers: dict[str, str], again: dict[str, Any]
) -> None:
    async with a_door(MemoryStore(), client="5.9.1.77") as door:
        for context in (payload, again):
            body = a_payload(source="KEEP", context=context, events=[{"type": "view", "context": own}])
            raw = {name: value.encode("latin-1") for name, value in headers.items()}
            answer = await door.send("POST", "/track", json=body, headers=raw)
            assert (answer.status, answer.body["errors"]) == (200, [])
        assert len(await door.events(type="view")) == 2


@pytest.mark.parametrize(
    ("address", "network"),
    [("198.51.100.177", "198.51.100.0"), ("2001:db8:1234:5678:9abc:def0:1234:5678", "2001:db8:1234::")],
)
async def test_the_folder_holds_the_network_of_a_client_and_never_its_address(
    durable: CrashableStore, tmp_path: Path, address: str, network: str
) -> None:
    async with a_door(await durable.open(), client=address) as door:
        await everything_is_sent(door)
    await durable.close()
    assert files_with(tmp_path, [network.encode()]) != []
    assert files_with(tmp_path, forms_of(address)) == []


async def everything_is_sent(door: Door) -> None:
    headers = {"user-agent": WINDOWS, "x-forwarded-for": "1.1.1.1"}
    for events in (["view"], [{"type": ""}], ["visit-ended"]):
        await door.send("POST", "/track", json=a_payload(events=events), headers=headers)
    await door.send("POST", "/track", json=a_payload(source="OFF"), headers=headers)
    await door.send("POST", "/collect/paid/HOOK", json={}, headers=headers)
    await door.send("GET", "/redirect/R1", headers=headers)


def forms_of(address: str) -> list[bytes]:
    """How an address could stand in a file."""
    parsed = ip_address(address)
    return [address.encode(), parsed.exploded.encode(), parsed.packed, parsed.packed[::-1]]


def files_with(folder: Path, forms: list[bytes]) -> list[str]:
    """The names of the files that hold one of these forms."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]
