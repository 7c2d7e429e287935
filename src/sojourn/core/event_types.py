"""The type of an event: its one written form, and the types that mean something to the collector itself."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

PROFILE_CREATED = "profile-created"
SESSION_OPENED = "session-opened"
VISIT_STARTED = "visit-started"
VISIT_ENDED = "visit-ended"


class TypeName(NamedTuple):
    """An event type as it is kept, and as people read it."""

    type: str
    name: str


@lru_cache(maxsize=4096)
def type_name(written: str) -> TypeName | None:
    """The one form of a type: trimmed, lower case, any run of white space one `-` (tracker.md R-22).

    None when nothing is left, or when it holds characters that cannot be seen (controls, bidirectional overrides).
    """
    lower = unicodedata.normalize("NFC", written).lower()
    # Some letters can be composed only when they are lower case, hence once more.
    normal = "-".join(unicodedata.normalize("NFC", lower).split())
    if not normal or any(unicodedata.category(char) in _UNSEEN for char in normal):
        return None
    return TypeName(normal, " ".join(word.capitalize() for word in normal.split("-")).strip())


def is_too_long(written: str, chars_max: int) -> bool:
    """Whether a type has too many characters in its one form; some letters become two when they are lower case."""
    if len(written.strip()) > chars_max:
        return True
    named = None if written.isascii() else type_name(written)
    return named is not None and len(named.type) > chars_max


_UNSEEN = ("Cc", "Cf", "Cs")
