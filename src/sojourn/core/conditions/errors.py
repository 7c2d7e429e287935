"""What is wrong with a condition, and where; there is one exception."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct, frozen=True, array_like=True, eq=False, gc=False):
    """Where something stands in the text of a condition; both count from 1, in characters.

    Places are all equal: where a thing stands does not change what it says, so two trees are equal when they say the
    same.
    """

    line: int
    column: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place)

    def __hash__(self) -> int:
        return 0

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


NOWHERE = Place(0, 0)
"""The place of what was never written down: a tree that a program built."""


class ConditionError(ValueError):
    """A condition cannot be read, or cannot mean anything. `hint` says what to write instead; it may be empty."""

    def __init__(self, place: Place, msg: str, hint: str = "") -> None:
        super().__init__(place, msg, hint)
        self.place = place
        self.msg = msg
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place.line else ""
        return f"{where}{self.msg} {self.hint}".rstrip()


def place_at(text: str, offset: int) -> Place:
    """The place of the character at `offset` of a text."""
    return Place(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
