"""The two payloads of the tracker's own documentation, sent word by word."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from sojourn.core.sources import Source
from sojourn.stores.memory import MemoryStore
from tests.door import Answer, Door, a_door, everything_is_accounted_for

FULL = """\
{
  "source": {
    "id": "3ee63fc6-490a-4fd8-bfb3-bf0c8c8d3387"
  },
  "session": {
    "id": "bfb3-bf0c8c8d3387-3ee63fc6-490a-4fd8"
  },
  "profile": {
    "id": "bf0c8c8d3387-3ee63fc6-490a-4fd8bfb3"
  },
  "context": {
    "system": "webstore-backend",
    "webstore": {
      "url": "http://magento-store.com",
      "name": "Shoe store"
    },
    "client": {
      "browser": "Mozilla Firefox"
    }
  },
  "properties": {},
  "events": [
    {
      "type": "page-view",
      "properties": {
        "pageTitle": "My Page"
      },
      "options": {
        "saveEvent": false,
        "saveSession": false,
        "debugger": false
      },
      "context": {
        "tag": "product-details-page"
      }
    },
    {
      "type": "consent-granted",
      "properties": {
        "marketing": false,
        "general": true
      },
      "options": {
        "profile": true,
        "saveSession": false
      }
    },
    {
      "type": "product-in-basket",
      "properties": {
        "product": "Adidas sneakers",
        "price": 34.43
      },
      "options": {
        "profile": false,
        "logs": false
      }
    }
  ],
  "options": {}
}
"""

SMALLEST = """\
{
  "source": {
    "id": "f14dc4b1-8dd8-4fc1-bd14-d6823ba7013e"
  },
  "session": {
    "id": "d6823ba7013e-8dd8-4fc1-bd14-f14dc4b1"
  },
  "events": [
    {
      "type": "page-view",
      "properties": {
        "pageTitle": "My Page"
      }
    },
    {
      "type": "consent-granted",
      "properties": {
        "marketing": false,
        "general": true
      }
    },
    {
      "type": "product-in-basket",
      "properties": {
        "product": "Adidas sneakers",
        "price": 34.43
      }
    }
  ]
}
"""

# What stands there to show the shape, with its remarks.
SKETCH = """\
{
  "source": {
    "id": "Source ID"
  },
  "session": {
    "id": "Session ID"
  },
  "profile": {
    "id": "Profile ID"
  },
  "context": {
    // Context data
  },
  "properties": {},
  "events": [
    {
      "type": "event-type",
      "properties": {
        // Event properties
      },
      "options": {
        // Event options
      },
      "context": {
        // Additional context data
      }
    }
  ],
  "options": {}
}
"""

AUTOMATIC = ["profile-created", "session-opened", "visit-started"]


@pytest.fixture
async def documented() -> AsyncIterator[Door]:
    """A door with the sources that the payloads name."""
    store = MemoryStore()
    for source_id in ("3ee63fc6-490a-4fd8-bfb3-bf0c8c8d3387", "f14dc4b1-8dd8-4fc1-bd14-d6823ba7013e", "Source ID"):
        await store.catalog.add_source(Source(id=source_id, name="documented"))
    async with a_door(store) as door:
        yield door
        await everything_is_accounted_for(door)


async def test_the_full_payload_is_taken_without_a_word(documented: Door) -> None:
    answer = await send(documented, FULL)
    assert (answer.status, answer.body["errors"], answer.body["warnings"]) == (200, [], [])


async def test_the_full_payload_stores_what_its_options_let_it_store(documented: Door) -> None:
    await send(documented, FULL)
    stored = await documented.events()
    assert [event.type for event in stored] == [*AUTOMATIC, "consent-granted", "product-in-basket"]
    consent, basket = stored[3:]
    assert consent.properties == {"marketing": False, "general": True}
    assert consent.config == {"profile": True, "saveSession": False}
    assert basket.properties == {"product": "Adidas sneakers", "price": 34.43}
    assert basket.config == {"profile": False, "logs": False}
    counts = await documented.outcomes()
    assert (counts.kept, counts.unsaved) == (3, 1)


async def test_the_full_payload_opens_its_session_with_its_context(documented: Door) -> None:
    answer = await send(documented, FULL)
    session = await documented.session("bfb3-bf0c8c8d3387-3ee63fc6-490a-4fd8")
    assert answer.session == session.id
    assert session.context == {
        "system": "webstore-backend",
        "webstore": {"url": "http://magento-store.com", "name": "Shoe store"},
        "client": {"browser": "Mozilla Firefox"},
        "ip": "127.0.0.0",
    }


async def test_the_unknown_profile_id_of_the_full_payload_is_not_adopted(documented: Door) -> None:
    answer = await send(documented, FULL)
    assert answer.profile not in (None, "bf0c8c8d3387-3ee63fc6-490a-4fd8bfb3")
    assert (await documented.profile(answer.profile)).ids == (answer.profile,)


async def test_the_full_payload_sent_again_with_the_returned_id_stays_with_that_person(documented: Door) -> None:
    answer = await send(documented, FULL)
    again = await send(documented, FULL.replace("bf0c8c8d3387-3ee63fc6-490a-4fd8bfb3", answer.profile or ""))
    assert (again.profile, again.body["warnings"]) == (answer.profile, [])
    assert await documented.visits(answer.profile) == 1


async def test_the_smallest_payload_stores_three_events_of_a_new_person(documented: Door) -> None:
    answer = await send(documented, SMALLEST)
    stored = await documented.events()
    assert (answer.status, answer.session) == (200, "d6823ba7013e-8dd8-4fc1-bd14-f14dc4b1")
    assert [event.type for event in stored] == [*AUTOMATIC, "page-view", "consent-granted", "product-in-basket"]
    assert [event.properties for event in stored[3:]] == [
        {"pageTitle": "My Page"},
        {"marketing": False, "general": True},
        {"product": "Adidas sneakers", "price": 34.43},
    ]
    assert {event.profile.id for event in stored if event.profile} == {answer.profile}
    assert await documented.visits(answer.profile) == 1


async def test_the_smallest_payload_sent_again_is_the_same_person_in_the_same_visit(documented: Door) -> None:
    first = await send(documented, SMALLEST)
    again = await send(documented, SMALLEST)
    assert again.profile == first.profile
    assert await documented.visits(first.profile) == 1
    assert len(await documented.events()) == len(AUTOMATIC) + 6


async def test_the_sketch_without_its_remarks_is_a_payload(documented: Door) -> None:
    answer = await send(documented, re.sub(r"//.*", "", SKETCH))
    assert (answer.status, answer.session) == (200, "Session ID")
    assert await documented.types() == [*AUTOMATIC, "event-type"]


async def test_the_sketch_with_its_remarks_is_no_json(documented: Door) -> None:
    answer = await send(documented, SKETCH)
    assert (answer.status, answer.body["detail"][0]["type"]) == (422, "json_invalid")


async def test_a_payload_of_an_undefined_source_is_denied(documented: Door) -> None:
    answer = await send(documented, SMALLEST.replace("f14dc4b1", "00000000"))
    assert (answer.status, answer.body) == (401, {"detail": "Access denied. Invalid event source."})


async def send(door: Door, payload: str) -> Answer:
    """Send a payload as it stands there."""
    return await door.send("POST", "/track", content=payload.encode())
