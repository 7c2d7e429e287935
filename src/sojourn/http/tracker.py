"""What `/track`, `/collect` and `/redirect` have in common: from a checked source to a durable decision."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple, Protocol

import msgspec

from sojourn.core.client import Client
from sojourn.core.contexts import user_agent_of
from sojourn.core.events import UNTOLD, BadEvent, Beginning, Options, Problem, ProfileMode, SentEvent, Submission
from sojourn.core.ids import ordered_id, repeatable_id
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import REFUSED_BUSY, Outcome
from sojourn.core.passes import Issued, Pass, Passes
from sojourn.core.pipeline import Decision
from sojourn.core.sessions import Session
from sojourn.core.sources import EntryKind, KeptAddress, Source
from sojourn.engine.collector import CROWDED, Busy, Collector, Faulty, decision_of
from sojourn.http import refusals
from sojourn.http.admission import Admission
from sojourn.http.measure import is_fit_id
from sojourn.http.refusals import Refusal
from sojourn.http.request import Request
from sojourn.http.room import BodyRoom
from sojourn.ports.catalog import Catalog
from sojourn.ports.system import Chance, Clock

TELL_OF_CROWD_S = 1.0
"""Seconds whose refusals of a crowd are one entry of the live feed, so that they do not crowd that, too."""


class RefusalNote(msgspec.Struct, frozen=True, kw_only=True):
    """A refused request, as the live feed shows it."""

    at: datetime
    entry: EntryKind
    source: str
    status: int
    outcome: Outcome
    count: int


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler has read from a request, on the way to a submission."""

    entry: EntryKind
    body: bytes
    events: tuple[tuple[int, SentEvent], ...]
    bad_events: tuple[BadEvent, ...] = ()
    session_id: str | None = None
    profile_id: str | None = None
    profile_ids: tuple[str, ...] = ()
    context: dict[str, object] = {}
    properties: dict[str, object] = {}
    tags: tuple[str, ...] = ()
    options: Options = Options()
    sent_at: datetime | None = None
    session_beginning: Beginning = UNTOLD
    profile_beginning: Beginning = UNTOLD
    handed_on: Pass | None = None
    profile_mode: ProfileMode = ProfileMode.FIND_OR_CREATE
    warnings: tuple[Problem, ...] = ()

    @property
    def event_count(self) -> int:
        """How many events the client sent."""
        return len(self.events) + len(self.bad_events)


class Submitted(NamedTuple):
    """A submission that waits for its decision."""

    submission: Submission
    coming: asyncio.Future[Decision | None]
    """The decision, when it is durable, or why there is none; `Tracker.decision` reads it."""

    async def settled(self) -> None:
        """Return when it has come."""
        with suppress(Busy, Faulty):
            await self.coming


class ReadClient(Protocol):
    """Reads who sent a request. Never raises."""

    def __call__(
        self, headers: Mapping[bytes, bytes], address: str, *, keeps: KeptAddress, told_agent: str = ""
    ) -> Client:
        """The client, of whose address the source `keeps` so much; `told_agent` is what the body calls its browser."""
        ...


class TrackerParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the tracker is made of."""

    catalog: Catalog
    collector: Collector
    limits: Limits
    clock: Clock
    chance: Chance
    rules: Callable[[], Ruleset]
    """What is in force now."""
    passes: Passes
    read_client: ReadClient
    find_session: Callable[[str], Awaitable[Session | None]]
    announce_refusal: Callable[[RefusalNote], None]
    """Is told of every request that the door refused."""


class Tracker:
    """What the handlers of the tracker share."""

    def __init__(self, parts: TrackerParts) -> None:
        """Put the parts together."""
        self.catalog = parts.catalog
        self.limits = parts.limits
        self.clock = parts.clock
        self.rules = parts.rules
        self.passes = parts.passes
        self.find_session = parts.find_session
        self.room = BodyRoom(parts.limits)
        self.admission = Admission(parts.catalog, parts.limits, parts.clock)
        self._turned_away = 0
        self._collector = parts.collector
        self._chance = parts.chance
        self._read_client = parts.read_client
        self._announce_refusal = parts.announce_refusal

    async def decide(self, request: Request, source: Source, sent: Sent) -> tuple[Submission, Decision]:
        """Have the events decided; return when the decision is durable. Raises Refusal."""
        submitted = self.submit(request, source, sent)
        await submitted.settled()
        return submitted.submission, self.decision(request, submitted)

    def submit(self, request: Request, source: Source, sent: Sent) -> Submitted:
        """Put the events into the queue of those to be decided. Raises Refusal."""
        count = sent.event_count
        key = request.header(b"idempotency-key").strip()
        if key and not is_fit_id(key, self.limits):
            raise _unfit_idempotency_key(source, count)
        self.admission.check_rates(request, source, (sent.session_id, sent.profile_id), count)
        submission = self._submission(request, source, sent, key)
        try:
            return Submitted(submission, self._collector.enqueue(submission))
        except Busy as error:
            raise self._busy(submission, error) from error

    def decision(self, request: Request, submitted: Submitted) -> Decision:
        """The decision, which has come. Raises Refusal where there is none."""
        submission = submitted.submission
        try:
            decision = decision_of(submitted.coming.result())
        except Busy as error:
            raise self._busy(submission, error) from error
        except Faulty as error:
            raise refusals.fault(submission.source.id, submission.event_count, submission.id) from error
        if decision.is_new_profile:
            self.admission.note_new_profile(request)
        return decision

    def check_queue(self) -> None:
        """Whether there is room for another request at all, of which nothing need be known. Raises Refusal."""
        if self.is_crowded():
            raise refusals.busy("", 1, CROWDED, self.limits.retry_after_s)

    def is_crowded(self) -> bool:
        """Whether so many wait that nobody else is taken."""
        return self._collector.is_crowded()

    def turn_away(self) -> None:
        """Count a request that was refused unread. The live feed tells of all of a second at once."""
        self._collector.refuse("", REFUSED_BUSY, 1)
        if not self._turned_away:
            asyncio.get_running_loop().call_later(TELL_OF_CROWD_S, self._tell_of_crowd)
        self._turned_away += 1

    def new_pass(self, profile: str, source: str) -> Issued:
        """A token that hands a person on to a source."""
        return self.passes.issue(profile, source, now=self.clock.now(), entropy=self._chance.bits())

    def new_task(self) -> str:
        """An id for a request that leaves no trace."""
        return ordered_id(self._chance.bits(), self.clock.now(), 0)

    def note(self, refusal: Refusal, entry: EntryKind) -> None:
        """Count a refusal and show it in the live feed."""
        if refusal.outcome is None:
            return
        self._collector.refuse(refusal.source, refusal.outcome, refusal.count)
        note = RefusalNote(
            at=self.clock.now(),
            entry=entry,
            source=refusal.source,
            status=refusal.status,
            outcome=refusal.outcome,
            count=refusal.count,
        )
        self._announce_refusal(note)

    def _tell_of_crowd(self) -> None:
        count, self._turned_away = self._turned_away, 0
        self._announce_refusal(
            RefusalNote(
                at=self.clock.now(),
                entry="rest",
                source="",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                outcome=REFUSED_BUSY,
                count=count,
            )
        )

    def _busy(self, submission: Submission, error: Busy) -> Refusal:
        return refusals.busy(submission.source.id, submission.event_count, str(error), self.limits.retry_after_s)

    def _submission(self, request: Request, source: Source, sent: Sent, key: str) -> Submission:
        entropy = self._chance.bits()
        received_at = self.clock.now()
        return Submission(
            id=ordered_id(entropy >> 74, received_at, 0),
            source=source,
            entry=sent.entry,
            received_at=received_at,
            entropy=entropy,
            session_id=sent.session_id,
            profile_id=sent.profile_id,
            aliases=sent.profile_ids if source.trust == "server" else (),
            context=sent.context,
            properties=sent.properties,
            tags=sent.tags,
            options=sent.options,
            sent_at=sent.sent_at,
            session_beginning=sent.session_beginning,
            profile_beginning=sent.profile_beginning,
            events=_with_repeatable_ids(sent.events, key) if key else sent.events,
            bad_events=sent.bad_events,
            warnings=sent.warnings,
            body=sent.body,
            handed_on=sent.handed_on,
            profile_mode=sent.profile_mode,
            headers=request.kept_headers,
            client=self._client(request, source, sent),
        )

    def _client(self, request: Request, source: Source, sent: Sent) -> Client:
        told_agent = "" if b"user-agent" in request.headers else user_agent_of(sent.context)
        return self._read_client(request.headers, request.client, keeps=source.ip, told_agent=told_agent)


def _with_repeatable_ids(events: tuple[tuple[int, SentEvent], ...], key: str) -> tuple[tuple[int, SentEvent], ...]:
    """Events without an id get one from the request's `Idempotency-Key`, so that a retry is recognised."""
    return tuple(
        (index, sent if sent.id else msgspec.structs.replace(sent, id=repeatable_id(key, index)))
        for index, sent in events
    )


def _unfit_idempotency_key(source: Source, count: int) -> Refusal:
    msg = "An id is too long, or holds control characters."
    problem = Problem(event=None, code="limit.id", loc=("header", "idempotency-key"), msg=msg)
    return refusals.invalid([problem], source=source.id, count=count)
