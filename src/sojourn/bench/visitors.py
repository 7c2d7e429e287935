"""Who sends the next request: people who were met before, or people whom a data folder was prepared with."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import cycle

Who = dict[bytes, bytes]
"""The ids of a person and of the session, as they are filled into a request."""

_SEED = 2026
_BITS_OF_NUMBER = 60
_PROFILE, _SESSION = 0xA, 0xB


def prepared_person(number: int, of: int) -> Who:
    """The ids of one of so many prepared people. In the order of their numbers, and spread as random ids are."""
    bits = f"{number * ((1 << _BITS_OF_NUMBER) // of):015x}"
    head = f"{bits[:8]}-{bits[8:12]}-4{bits[12:]}"
    return {
        b"profile": f"{head}-a000-{_PROFILE:012x}".encode(),
        b"session": f"{head}-a000-{_SESSION:012x}".encode(),
    }


def in_turn(people: list[Who], hot_share: float) -> Callable[[], Who]:
    """The people one after the other, again and again, the first of them as often as `hot_share` asks for."""
    if not hot_share:
        return cycle(people).__next__
    every = max(1, round(1 / hot_share))
    return cycle([people[0] if index % every == 0 else who for index, who in enumerate(people)]).__next__


def drawn(of: int, hot_share: float) -> Callable[[], Who]:
    """Any of so many prepared people, each as likely as the others, but for the first and `hot_share`."""
    draw = random.Random(_SEED).random

    def who() -> Who:
        return prepared_person(0 if hot_share and draw() < hot_share else int(draw() * of), of)

    return who
