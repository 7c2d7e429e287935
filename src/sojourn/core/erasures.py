"""Erasures of people, and what is told of them afterwards: that it was done, when and by whom, and never of whom.

A receipt knows the ids of the person by their marks only: keyed hashes, by which whoever knows an id can find the
receipt again, and from which nobody learns an id.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from sojourn.core.identifiers.keys import is_key

ErasureState = Literal["running", "done"]


class Removed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How much an erasure removed, of each kind of record."""

    profiles: int = 0
    """Of a person who was merged, those of all profile ids."""
    sessions: int = 0
    events: int = 0
    submissions: int = 0
    """What was recorded of whole requests."""
    quarantined: int = 0
    links: int = 0
    """Links from and to the ids: aliases and merged ids."""
    identifiers: int = 0
    """Links of identifiers, such as the key of an e-mail address."""
    merges: int = 0
    reviews: int = 0


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is kept of an erasure."""

    id: str
    at: datetime
    actor: str
    """Who asked for it."""
    marks: tuple[str, ...]
    """The marks of all ids of the person, sorted."""
    removed: Removed = Removed()
    state: ErasureState = "running"
    """`done` as soon as no file holds a byte of what was removed; whatever happens, the rest is done later."""


class ErasureOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a store needs to know to keep the receipt of an erasure."""

    id: str
    at: datetime
    actor: str
    mark_of: Callable[[str], str]

    def receipt(self, ids: frozenset[str]) -> Receipt:
        """The receipt, before anything is removed; keys of identifiers are no ids that anybody could ask for."""
        marks = sorted(self.mark_of(id) for id in ids if not is_key(id))
        return Receipt(id=self.id, at=self.at, actor=self.actor, marks=tuple(marks))


def mark_of(id: str, secret: bytes) -> str:
    """What a receipt knows an id by: the same for each erasure, another for every secret."""
    message = f"erased\n{id}".encode("utf-8", "surrogatepass")
    return hmac.digest(secret, message, "sha256")[:_MARK_BYTES].hex()


_MARK_BYTES = 16
