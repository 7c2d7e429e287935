"""Ids that the core makes. They derive from the submission, so that deciding again makes the same world."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from sojourn.core.times import EARLIEST, MILLISECOND

_LOW_73 = (1 << 73) - 1
_LOW_62 = (1 << 62) - 1
_VERSION_7 = 0x7 << 12
"""In the first half of an id."""
_VERSION_4 = 0x4 << 76
_VERSION_8 = 0x8 << 76
_VARIANT = 0x2 << 62
_UUID_CHARS = 36
_VERSION_AT = 14
_NEITHER_VERSION_NOR_VARIANT = ~(0xF << 76 | 0x3 << 62)


def derived_id(entropy: int, purpose: str) -> str:
    """A random-looking UUID (version 4 in form) that only who knows all 256 bits of `entropy` could foresee."""
    digest = blake2b(purpose.encode(), digest_size=16, key=entropy.to_bytes(32, "big")).digest()
    number = int.from_bytes(digest, "big") & _NEITHER_VERSION_NOR_VARIANT
    return _written(number | _VERSION_4 | _VARIANT)


def ordered_id(entropy: int, moment: datetime, index: int) -> str:
    """A UUIDv7: ids of later moments sort later, and within one submission by `index`.

    It shows 73 of the 256 bits of `entropy`, far too few to foresee a derived id.
    """
    # The 74 bits that a UUIDv7 has room for begin with a zero, so that counting on never runs over.
    chance = (entropy & _LOW_73) + index
    head = (moment - EARLIEST) // MILLISECOND << 16 | _VERSION_7 | chance >> 62
    return _written(head << 64 | _VARIANT | chance & _LOW_62)


def is_ordered_id(id: str) -> bool:
    """Whether an id has the form of those that `ordered_id` makes, whoever made it."""
    return len(id) == _UUID_CHARS and id[_VERSION_AT] == "7"


def repeatable_id(key: str, index: int) -> str:
    """The id of the event at `index` of a request that carries an `Idempotency-Key`; the same at every retry."""
    digest = blake2b(f"{index}\n{key}".encode(), digest_size=16).digest()
    number = int.from_bytes(digest, "big") & _NEITHER_VERSION_NOR_VARIANT
    return _written(number | _VERSION_8 | _VARIANT)


def _written(number: int) -> str:
    """The number as a UUID is written; making one of the standard library's first takes four times as long."""
    octets = number.to_bytes(16, "big")
    return f"{octets[:4].hex()}-{octets[4:10].hex('-', 2)}-{octets[10:].hex()}"
