"""Rebuilding people: each profile is folded anew from all that was recorded, with the rules in force now.

Events go on to arrive meanwhile, and neither waits for the other. A document is committed on condition that it is still
the one that was loaded before its history was read. A person is done when nothing more was recorded and the document
that is kept is the one that the fold makes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import msgspec

from sojourn.core.changes import Changes
from sojourn.core.facts import Facts, Keys
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.profiles import Profile, committed
from sojourn.core.refold import Refold, rebuilt
from sojourn.engine.histories import History
from sojourn.engine.jobs import JobFailed, JobOrder, Tell
from sojourn.engine.patience import patiently
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.errors import StaleFacts, UnknownId
from sojourn.ports.records import Records
from sojourn.ports.system import Clock

Answer = TypeVar("Answer")

PEOPLE = 100
"""Ids of people that are read at once."""
AT_ONCE = 4
"""People who are rebuilt at the same time: while one waits for the disk, another is folded."""
TRIES_MAX = 100
"""How often a person is looked at again, because of what was recorded meanwhile."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild came to."""

    people: int = 0
    """How many were looked at."""
    changed: int = 0
    """How many of them came out otherwise than they were kept."""
    busy: int = 0
    """How many were left, since more was recorded of them all the time; another rebuild may find them at rest."""


class TooBusy(JobFailed):
    """So much is recorded of the person that no moment was found to put the new profile in place."""


class Rebuilder:
    """Rebuilds people of one store."""

    def __init__(
        self,
        store: CollectorStore,
        records: Records,
        *,
        rules: Callable[[], Ruleset],
        clock: Clock,
        limits: Limits,
    ) -> None:
        """`store` and `records` are two sides of the same store; `rules` says what is in force."""
        self._store = store
        self._records = records
        self._rules = rules
        self._clock = clock
        self._limits = limits

    async def carry_out(self, order: JobOrder, tell: Tell) -> dict[str, object]:
        """Rebuild whom a job is about. Raises JobFailed, and what the ports raise."""
        told = await (self.everybody(tell) if order.profile is None else self.person(order.profile))
        tell(told.people, told.people)
        return {"people": told.people, "changed": told.changed, "busy": told.busy}

    async def person(self, any_id: str) -> Rebuilt:
        """Rebuild the person that an id leads to. Raises UnknownId, TooBusy, and what the ports raise."""
        profile = await self._records.profile(any_id)
        if profile is None:
            raise UnknownId("There is nobody of this id.")
        return Rebuilt(people=1, changed=await self._rebuild(profile.id))

    async def everybody(self, tell: Tell) -> Rebuilt:
        """Rebuild all people; `tell` hears how many are done, and about how many there are.

        Who comes meanwhile may be left out: the rules in force made them. Raises what the ports raise.
        """
        total = await self._patiently(self._records.people_count)
        tell(0, total)
        told, after = Rebuilt(), ""
        while page := await self._patiently(partial(self._records.people, limit=PEOPLE, after=after)):
            after = page[-1]
            for first in range(0, len(page), AT_ONCE):
                some = [self._told_of(profile_id) for profile_id in page[first : first + AT_ONCE]]
                for end in await asyncio.gather(*some, return_exceptions=True):
                    if isinstance(end, BaseException):
                        raise end
                    told = _sum(told, end)
                tell(told.people, max(total, told.people))
        return told

    async def _told_of(self, profile_id: str) -> Rebuilt:
        try:
            return Rebuilt(people=1, changed=await self._patiently(partial(self._rebuild, profile_id)))
        except TooBusy:
            return Rebuilt(people=1, busy=1)

    async def _patiently(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        return await patiently(ask, pause_s=self._limits.retry_after_s)

    async def _rebuild(self, profile_id: str) -> bool:
        """Whether the profile came out otherwise than it was kept. Raises TooBusy."""
        keys = Keys(profiles=frozenset((profile_id,)))
        past: _Past | None = None
        is_changed = False
        for _ in range(TRIES_MAX):
            await self._store.room()
            facts = await self._store.load(keys)
            profile = facts.profiles.get(profile_id)
            if profile is None:  # Erased meanwhile, or another's now.
                return is_changed
            ruleset = self._rules()
            if past is None or not past.is_of(profile, ruleset):
                parted = [merge.id for merge in await self._records.merges_of(profile.ids) if merge.undone]
                past = _Past(profile, ruleset, History(self._records, profile.ids, Refold(ruleset, parted)))
            try:
                came = await past.read_on()
            except UnknownId:  # Erased, and somebody of the same id came since.
                past = None
                continue
            anew = past.applied_to(profile)
            if anew != profile:
                is_changed |= await self._put(anew, facts)
            elif not came:
                return is_changed
        raise TooBusy("So much is recorded of the person just now that the profile is never at rest. Try again later.")

    async def _put(self, profile: Profile, facts: Facts) -> bool:
        """Put a profile in the place of the one that was loaded, if that is still there; whether it was."""
        now = self._clock.now()
        try:
            await self._store.commit(Changes(at=now, profiles=(committed(profile, profile.version + 1, now),)), facts)
        except StaleFacts:
            return False
        return True


class _Past:
    """What was recorded of a person, as far as it was read, folded with one set of rules."""

    def __init__(self, profile: Profile, ruleset: Ruleset, history: History) -> None:
        self._profile_id = profile.id
        self._ids = profile.ids
        self._ruleset = ruleset
        self._history = history

    def is_of(self, profile: Profile, ruleset: Ruleset) -> bool:
        """Whether it is the past of this person, as these rules see it."""
        return self._ids == profile.ids and self._ruleset is ruleset

    async def read_on(self) -> int:
        """Take in what was recorded since; how many requests that was. Raises UnknownId when the person was erased."""
        return await self._history.read_on()

    def applied_to(self, profile: Profile) -> Profile:
        """The profile as its past makes it; as it is where nothing is recorded of it."""
        folded = self._history.fold.person(self._profile_id)
        return profile if folded is None else rebuilt(profile, folded)


def _sum(one: Rebuilt, other: Rebuilt) -> Rebuilt:
    return Rebuilt(people=one.people + other.people, changed=one.changed + other.changed, busy=one.busy + other.busy)
