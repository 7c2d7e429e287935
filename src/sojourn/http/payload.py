"""The shapes of a tracker payload (tracker.md §2). Null means absent, everywhere (R-10)."""

from __future__ import annotations

import msgspec

from sojourn.core.events import SentEvent


class SourcePart(msgspec.Struct, frozen=True, gc=False):
    """`source`: who sends."""

    id: str


class IdPart(msgspec.Struct, frozen=True, gc=False):
    """`session`: an id, or null for none (R-08); and when it began, where it is history."""

    id: str | None
    metadata: object = None


class ProfilePart(msgspec.Struct, frozen=True, gc=False):
    """`profile`: an id, and further ids of the person; and when it began, where it is history."""

    id: str | None
    ids: list[str] | None = None
    metadata: object = None


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A payload around its events; null means absent (R-10)."""

    source: SourcePart
    session: IdPart | str | None = None
    profile: ProfilePart | str | None = None
    context: dict[str, object] | None = None
    properties: dict[str, object] | None = None
    options: dict[str, object] | None = None
    tags: list[str] | None = None
    sent_at: str | int | float | None = None


class Payload(Frame, frozen=True, gc=False, kw_only=True):
    """A whole payload."""

    events: list[SentEvent]


class LoosePayload(Frame, frozen=True, gc=False, kw_only=True):
    """A payload of which at least one event is not one."""

    events: list[msgspec.Raw]
