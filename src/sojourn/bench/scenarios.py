"""What is measured: how many clients, how much each sends, and who they are."""

from __future__ import annotations

from itertools import product
from typing import Literal

import msgspec

People = Literal["new", "returning", "mixed"]
Kind = Literal["told", "plain"]

CONNECTIONS = (1, 32, 256)
EVENTS = (1, 20)
PEOPLE: tuple[People, ...] = ("new", "returning")
PLAIN_CONNECTIONS = 32
WHOLE_EVENTS = (1, 20, 100)
WHOLE_PEOPLE: tuple[People, ...] = ("new", "returning", "mixed")
MIXED_NEW_EVERY = 5
"""Among mixed people, one request in so many is the first of somebody new."""
WHOLE_HOT_SHARE = 0.2
"""In the whole matrix, the part of the returning requests that one person sends where one is hot."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of traffic: clients that each wait for the answer before they send again."""

    connections: int
    events: int
    """Events in one request."""
    people: People
    """`new`: each request opens a session of somebody unknown. `returning`: session and profile exist. `mixed`: some of
    these, most of those."""
    kind: Kind = "told"
    """`told`: events of built-in types, sent by a browser that tells of itself and its pages, so that they are mapped
    and enriched. `plain`: the same properties under a type that nobody has described, sent by a program."""
    event_ids: bool = False
    """Whether every event carries an id of the client, to be recognised by when it is sent again."""
    hot_share: float = 0
    """The part of the returning requests that one and the same person sends."""


def matrix(
    *, connections: int | None = None, events: int | None = None, event_ids: bool = False, hot_share: float = 0
) -> tuple[Scenario, ...]:
    """Every combination of connections, events and people; and what mapping and enrichment add, beside plain events.

    `connections` and `events` ask for those with so many only.
    """
    all_events = (events,) if events else EVENTS
    combinations = tuple(
        Scenario(connections=each, events=count, people=people, event_ids=event_ids, hot_share=hot_share)
        for each, count, people in product((connections,) if connections else CONNECTIONS, all_events, PEOPLE)
    )
    plain = tuple(
        Scenario(
            connections=connections or PLAIN_CONNECTIONS,
            events=count,
            people="returning",
            kind="plain",
            event_ids=event_ids,
        )
        for count in all_events
    )
    return (*combinations, *plain)


def whole_matrix(*, event_ids: bool = False) -> tuple[Scenario, ...]:
    """All that `matrix` has and more: a hundred events in a request, mixed people, and one person who is hot."""
    combinations = tuple(
        Scenario(connections=connections, events=events, people=people, event_ids=event_ids)
        for connections, events, people in product(CONNECTIONS, WHOLE_EVENTS, WHOLE_PEOPLE)
    )
    hot = tuple(
        Scenario(
            connections=PLAIN_CONNECTIONS,
            events=events,
            people="returning",
            event_ids=event_ids,
            hot_share=WHOLE_HOT_SHARE,
        )
        for events in WHOLE_EVENTS
    )
    plain = tuple(each for each in matrix(event_ids=event_ids) if each.kind == "plain")
    return (*combinations, *hot, *plain)
