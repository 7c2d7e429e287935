"""Clients as they are: they send, lose answers, send again, come back later, and write down what they were told."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from sojourn.core.draft import Status
from sojourn.core.events import SentEvent, Submission
from sojourn.core.pipeline import Decision
from sojourn.engine.collector import Busy, Faulty
from sojourn.testing.audit import TICK, Ledger, Promise
from sojourn.testing.builders import a_source, noon_plus
from sojourn.testing.traffic import a_submission_of

Submit = Callable[[Submission], Awaitable[Decision]]

SOURCE = a_source()
RESENT_SHARE = 0.3
EVENTS_MAX = 4
CLOCK_JUMP_SHARE = 0.02


class Arrivals:
    """Numbers and moments of what arrives. The wall clock jumps by a day or a year now and then, either way."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._number = 0
        self._jumped = timedelta()

    def arrived(self, submission: Submission) -> Submission:
        """The submission as one that arrives now: its id, its moment and its entropy are new, its events are not."""
        self._number += 1
        if self._chance.random() < CLOCK_JUMP_SHARE:
            self._jumped += timedelta(days=self._chance.choice((-365, -1, 1, 365)))
        moment = noon_plus(self._number / 100) + self._jumped
        return replace(submission, id=f"r{self._number}", entropy=self._chance.getrandbits(256), received_at=moment)


@dataclass
class Client:
    """One of several that send at once. What was not answered is sent again, until it is."""

    name: str
    chance: random.Random
    arrivals: Arrivals
    ledger: Ledger
    unanswered: list[Submission] = field(default_factory=list)
    answered: list[Submission] = field(default_factory=list)
    _profile: str | None = None
    _made: int = 0

    async def send_one(self, submit: Submit, *, is_down: Callable[[], bool]) -> None:
        """Send something new or something again; `is_down` says whether who should answer has died meanwhile."""
        submission = self._next()
        try:
            await self._send(submission, submit)
        except Faulty:
            return
        except Busy:
            if not is_down():
                self.ledger.refuse(event_ids(submission))

    async def _send(self, submission: Submission, submit: Submit) -> None:
        ids = event_ids(submission)
        self.ledger.send(ids)
        decision = await submit(self.arrivals.arrived(submission))
        assert decision.status is Status.OK, decision
        assert decision.errors == (), decision.errors
        self.ledger.acknowledge(ids, Promise(decision.profile_id, decision.session_id))
        self._profile = decision.profile_id
        if submission in self.unanswered:
            self.unanswered.remove(submission)
            self.answered.append(submission)

    async def send_what_is_left(self, submit: Submit) -> None:
        """Send everything that was never answered, once each, to who answers."""
        for submission in [*self.unanswered]:
            await self._send(submission, submit)

    def _next(self) -> Submission:
        if self.unanswered and self.chance.random() < 0.7:
            return self.chance.choice(self.unanswered)
        if self.answered and self.chance.random() < RESENT_SHARE:
            return self.chance.choice(self.answered)
        self._made += 1
        events = [
            SentEvent(type=TICK, id=f"{self.name}-{self._made}-{number}", properties={"number": number})
            for number in range(self.chance.randint(1, EVENTS_MAX))
        ]
        session_id = self.chance.choice((f"{self.name}-first", f"{self.name}-second", None))
        made = a_submission_of(events, source=SOURCE, session_id=session_id, profile_id=self._profile)
        self.unanswered.append(made)
        return made


def event_ids(submission: Submission) -> list[str]:
    """The ids that the client gave to its events."""
    return [sent.id for _, sent in submission.events if sent.id is not None]
