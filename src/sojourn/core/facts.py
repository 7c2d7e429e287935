"""The slice of the world that a batch may read: which keys it needs, and what the store knows of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from sojourn.core.events import Submission
from sojourn.core.graph import Edge
from sojourn.core.identifiers.keys import is_key
from sojourn.core.passes import Pass, key_of_pass
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session


class EventKey(NamedTuple):
    """What an event is recognised by, for ever: client ids are unique per source."""

    source: str
    id: str


class KnownEvent(msgspec.Struct, frozen=True, gc=False):
    """An event that was accepted before: the digest of its content, and whose it became."""

    digest: bytes
    """Empty where the server made the id: nothing that a client sends is the same event."""
    profile: str | None
    session: str | None


QUARANTINE = "@quarantine"
"""The source under whose keys stands which events of the quarantine are settled. No client can name it."""

SETTLED = KnownEvent(b"", None, None)
"""What is known of an event of the quarantine that was replayed, removed, or erased with its person."""

HANDED_ON = "@pass"
"""The source under whose keys stands which passes are used up. No client can name it."""

USED = KnownEvent(b"", None, None)
"""What is known of a pass that was used."""

TAKEN = KnownEvent(b"", None, None)
"""What is known of an event whose id the server made: that no other event may have it."""


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know about."""

    sessions: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    """Profile ids or aliases."""
    events: frozenset[EventKey] = frozenset()
    identifiers: frozenset[str] = frozenset()
    """Keys of identifiers."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of the keys. A key that is missing here is unknown to it.

    `sessions` holds the asked sessions and those that the asked events were accepted in. `profiles` holds, by their
    current ids, the profiles that the asked ids lead to, those that all these sessions and the asked identifiers belong
    to, and those that the asked events were accepted for. `aliases` maps every other id that was met to the current id
    that it leads to; `homes` maps it to the first profile id on the way there, where that is another one. `links` holds
    the links of the asked identifiers.
    """

    keys: Keys
    sessions: dict[str, Session] = {}
    profiles: dict[str, Profile] = {}
    aliases: dict[str, str] = {}
    homes: dict[str, str] = {}
    links: dict[str, Edge] = {}
    events: dict[EventKey, KnownEvent] = {}
    as_of: int = 0
    """The store's own mark of the moment; `commit` may use it to tell quickly that nothing has changed since."""


def settled_key(quarantined_id: str) -> EventKey:
    """By what is known for ever that an event of the quarantine is settled: once, however many ask for it."""
    return EventKey(QUARANTINE, quarantined_id)


def use_key(handed: Pass) -> EventKey | None:
    """By what is known for ever that a pass was used; None for one without a token, which nothing uses up."""
    return EventKey(HANDED_ON, handed.token.id) if handed.token is not None else None


def keys_of(submissions: Iterable[Submission]) -> Keys:
    """Every key that deciding these submissions can ask for."""
    sessions: set[str] = set()
    profiles: set[str] = set()
    events: set[EventKey] = set()
    identifiers: set[str] = set()
    for submission in submissions:
        if submission.session_id:
            sessions.add(submission.session_id)
        named = (*submission.aliases, submission.profile_id) if submission.profile_id else submission.aliases
        # Nobody can name a person by the key of an identifier.
        profiles.update(id for id in named if not is_key(id))
        if submission.handed_on is not None and not is_key(submission.handed_on.profile):
            profiles.add(submission.handed_on.profile)
            identifiers.add(key_of_pass(submission.handed_on.profile))
            events.update(key for key in (use_key(submission.handed_on),) if key is not None)
        if submission.replay is not None:
            events.add(settled_key(submission.replay.quarantined))
        source = submission.source.id
        events.update(EventKey(source, sent.id) for _, sent in submission.events if sent.id)
    return Keys(
        sessions=frozenset(sessions),
        profiles=frozenset(profiles),
        events=frozenset(events),
        identifiers=frozenset(identifiers),
    )
