"""What ids and names of configured things must look like, and the ids of things that were given none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from sojourn.core.ids import derived_id
from sojourn.core.limits import Limits
from sojourn.http.manage.bodies import JsonObject
from sojourn.http.problems import INVALID_BODY, UNKNOWN_ID, Declined, Fault
from sojourn.ports.system import Chance

RESERVED_PREFIX = "@"
"""Ids that begin so are the system's own."""


def with_id(given: JsonObject, chance: Chance) -> JsonObject:
    """The fields of a new thing, with an id of ours where they name none."""
    return given if given.get("id") is not None else {**given, "id": derived_id(chance.bits(), "id")}


def with_this_id(given: JsonObject, thing_id: str) -> JsonObject:
    """The fields of the thing of this id. Raises Declined when they name another: an id never changes."""
    if given.get("id", thing_id) != thing_id:
        fault = Fault(("body", "id"), "immutable", "An id never changes. Leave it out, or repeat the one in the path.")
        raise Declined(INVALID_BODY, "The id cannot be changed.", [fault])
    return {**given, "id": thing_id}


def unknown(what: str) -> Declined:
    """There is no such thing of the id in the path."""
    return Declined(UNKNOWN_ID, f"There is no {what} of this id.")


def id_faults(thing_id: str, limits: Limits) -> Iterator[Fault]:
    """What keeps a text from being an id."""
    if thing_id != thing_id.strip() or not thing_id or _has(_UNSEEN, thing_id):
        msg = "An id is not blank, has no spaces around it and no characters that cannot be seen."
        yield Fault(("body", "id"), "shape", msg)
    if thing_id in (".", ".."):
        yield Fault(("body", "id"), "shape", "An id stands in paths, where `.` and `..` mean something else.")
    if thing_id.startswith(RESERVED_PREFIX):
        yield Fault(("body", "id"), "reserved", f"Ids that begin with `{RESERVED_PREFIX}` are the system's own.")
    if len(thing_id.encode()) > limits.id_bytes_max:
        yield Fault(("body", "id"), "too-long", f"An id has at most {limits.id_bytes_max} bytes.")


def text_faults(field: str, text: str, limits: Limits) -> Iterator[Fault]:
    """What keeps a text from being what people call a thing: its name, its channel."""
    if not text.strip() or _has(_CONTROL, text):
        yield Fault(("body", field), "shape", f"A {field} is not blank and has no control characters.")
    if len(text.encode()) > limits.public.string_bytes_max:
        yield Fault(("body", field), "too-long", f"A {field} has at most {limits.public.string_bytes_max} bytes.")


def _has(categories: tuple[str, ...], text: str) -> bool:
    return any(unicodedata.category(character) in categories for character in text)


_CONTROL = ("Cc",)
"""What no text may hold. Names may hold what joins the parts of an emoji, which cannot be seen either."""
_UNSEEN = ("Cc", "Cf", "Cs")
"""What would let two ids look alike, as with event types."""
