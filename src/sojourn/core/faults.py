"""What is wrong with something that people configure, told before it is saved."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sojourn.core.event_types import type_name


class RuleFault(msgspec.Struct, frozen=True):
    """What is wrong with a rule, and where in it."""

    loc: tuple[str | int, ...]
    msg: str


def type_faults(field: str, written: str) -> Iterator[RuleFault]:
    """What keeps a text from being an event type: only its one written form ever comes."""
    named = type_name(written)
    if named is None or named.type != written:
        yield RuleFault((field,), "Write a type in lower case, with `-` for spaces.")
