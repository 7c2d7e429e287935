"""One person with one order, and what is true and false of them: the tables that people read."""

from __future__ import annotations

from sojourn.core.conditions.fields import field_types
from sojourn.core.conditions.reading import Subject
from sojourn.core.events import Event
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from tests.core.conditions.strategies import NOW

RECORDS = field_types(event=Event, profile=Profile, session=Session)

SUBJECT = Subject(
    now=NOW,
    event={
        "type": "order",
        "name": "Order",
        "properties": {
            "price": 120.5,
            "limit": 200,
            "paid": True,
            "nothing": None,
            "text": "",
            "number": "120.5",
            "zero": 0,
            "list": [],
            "group": {},
            "items": [{"sku": "x-1", "count": 2}, {"sku": "x-2", "count": 1}],
            "codes": ["a", 5, True, None, "5"],
            "when": "2026-06-10",
            "then": "2026-06-10T02:00:00+02:00",
            "soon": "soon",
            "a.b": 1,
            "0": "zero",
            "big": 2**60,
            "bigger": 2**60 + 1,
        },
    },
    profile={
        "id": "p-1",
        "ids": ("p-1", "p-0"),
        "metadata": {"time": {"insert": "2026-06-01T08:00:00.000000Z", "create": "2026-06-01T08:00:00.000000Z"}},
        "segments": ["vip", "new"],
        "data": {"contact": {"email": {"main": "anna@example.com"}}},
    },
)

TRUE = [
    'event.type = "order"',
    "event@properties.price >= 100 and event@properties.price < 121",
    "event.properties.price between 120.5 and 120.5",
    "event.properties.price < event.properties.limit",
    "event.properties.price != event.properties.limit",
    "100 < event.properties.price",
    "event.properties.paid = true and event.properties.paid != false",
    "event.properties.price in [1, 120.5]",
    "event.properties.price not in [1, 2]",
    'event.type > "cart" and event.type < "orders" and event.type != "Order"',
    'event.type between "a" and "p"',
    'profile.segments contains "vip"',
    '"vip" in profile.segments and "lost" not in profile.segments',
    "profile.ids contains profile.id",
    "event.properties.codes contains 5 and event.properties.codes contains true",
    'event.properties.codes contains "5" and not event.properties.codes contains 1',
    'profile.data.contact.email.main contains "@" and "anna" in ["anna"]',
    'profile.data.contact.email.main starts with "anna" and profile.data.contact.email.main ends with ".com"',
    "profile.data.contact.email.main matches '^[^@]+@example[.]com$'",
    "profile.data.contact.email.main matches '(?i)ANNA'",
    "event.properties.items.0.sku = 'x-1' and event.properties.items[1].count = 1",
    'event.properties."a.b" = 1 and event.properties."0" = "zero"',
    "profile.metadata.time.insert < now - 7d and profile.metadata.time.insert > now - 3w",
    'profile.metadata.time.insert >= "2026-06-01" and profile.metadata.time.insert < "2026-06-02"',
    'event.properties.when = datetime("2026-06-10") and event.properties.then = datetime("2026-06-10")',
    "datetime(event.properties.when) = event.properties.then",
    "event.properties.when in [datetime('2026-06-09'), datetime('2026-06-10')]",
    "profile.metadata.time.insert < event.properties.when",
    'now = "2026-06-15T12:30:00Z" and now + 1d > "2026-06-16"',
    "event.properties.price exists and event.properties.list exists and event.properties.group exists",
    "event.properties.nothing not exists and event.properties.nothing is null and event.missing is null",
    "event.properties.text is empty and event.properties.list is empty and event.properties.group is empty",
    "event.properties.nothing is empty and event.missing is empty and event.properties.zero is not empty",
    "event.properties.items is not empty and event.properties.paid is not empty",
    "not session.id exists and not profile.traits.vip = true",
    "event.type = 'cart' or event.type = 'order' and event.properties.price > 100",
    'now > "2020-01-01"',
]

FALSE_FOR_WANT_OF_A_VALUE = [
    "event.properties.missing = 1",
    "event.properties.missing != 1",
    "event.properties.missing < 1 or event.properties.missing >= 1",
    "event.properties.missing in [1] or event.properties.missing not in [1]",
    "event.properties.missing between 0 and 9",
    "event.properties.missing contains 'a'",
    "event.properties.missing starts with '' or event.properties.missing ends with ''",
    "event.properties.missing matches '.*'",
    "event.properties.missing = event.properties.gone or event.properties.missing != event.properties.gone",
    "event.properties.nothing = event.properties.nothing",
    "event.properties.missing < now or event.properties.missing >= now or event.properties.missing != now",
    "1 in event.properties.missing or 1 not in event.properties.missing",
    "session.id = 'x' or session.id != 'x'",
    "event.properties.missing exists or event.properties.missing is not empty",
]

FALSE_FOR_ANOTHER_KIND = [
    "event.properties.number = 120.5 or event.properties.number != 120.5 or event.properties.number > 1",
    'event.properties.price = "120.5" or event.properties.price != "120.5"',
    "event.properties.number = event.properties.price or event.properties.number != event.properties.price",
    "event.properties.paid = 1 or event.properties.paid != 0 or event.properties.paid > 0",
    "event.properties.zero = false or event.properties.zero != true",
    "event.properties.paid in [1] or event.properties.paid not in [0]",
    "event.properties.zero in [false] or event.properties.zero not in [true]",
    "event.properties.items = 'x' or event.properties.items != 'x'",
    "event.properties.items = event.properties.items",
    "event.properties.group = event.properties.group",
    "event.properties.price contains '1' or event.properties.price starts with '1'",
    "event.properties.price matches '1'",
    "'order' in event.properties.text or 'order' not in event.properties.text",
    "event.properties.items in event.properties.codes or event.properties.items not in event.properties.codes",
    "event.properties.soon > now or event.properties.soon <= now or event.properties.soon != now",
    "event.properties.price > now or event.properties.price < now",
    "event.properties.paid < event.properties.limit or event.properties.paid <= event.properties.paid",
    "event.properties.when.year = 2026 or event.properties.items.sku = 'x-1' or event.properties.group.0 exists",
    "event.properties.items.2.sku exists or event.properties.text.0 exists",
]

DEFAULTS = {
    "profile.active = true": True,
    "profile.metadata.time.visit.count = 0": True,
    "profile.metadata.time.visit.last exists": False,
    "profile.traits exists and profile.traits is empty": True,
    "event.tags.values is empty": True,
    "'x' not in event.tags.values": True,
    "event.metadata.status = 'collected'": False,
    "event.session.status = 'active'": False,
    "session.metadata.time.weekday = 0": False,
}
"""What is left out of the records of the subject, and whether this holds of it by their defaults."""
