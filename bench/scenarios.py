"""What is measured: how many clients, how much each sends, and who they are."""

from __future__ import annotations

from itertools import product
from typing import Literal

import msgspec

People = Literal["new", "returning"]

CONNECTIONS = (1, 32, 256)
EVENTS = (1, 20)
PEOPLE: tuple[People, ...] = ("new", "returning")


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of traffic: clients that each wait for the answer before they send again."""

    connections: int
    events: int
    """Events in one request."""
    people: People
    """`new`: each request opens a session of somebody unknown. `returning`: session and profile exist."""
    event_ids: bool = False
    """Whether every event carries an id of the client, to be recognised by when it is sent again."""
    hot_share: float = 0
    """The part of the returning requests that one and the same person sends."""


def matrix(*, event_ids: bool, hot_share: float) -> tuple[Scenario, ...]:
    """Every combination of connections, events and people."""
    return tuple(
        Scenario(connections=connections, events=events, people=people, event_ids=event_ids, hot_share=hot_share)
        for connections, events, people in product(CONNECTIONS, EVENTS, PEOPLE)
    )
