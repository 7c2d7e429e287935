"""What somebody decides about who is who: undo a merge, merge by hand, answer a review, ask who was known when.

Each is one commit, decided on what is known, and decided again when that has changed meanwhile. A merge that is undone
leaves both people as they would be had they never been joined: they are folded anew from what was recorded under their
own ids.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from sojourn.core.changes import Changes, SubmissionRecord
from sojourn.core.contributions import Contribution
from sojourn.core.facts import Facts, Keys
from sojourn.core.graph import Edge, Merge, Review, ReviewState, components
from sojourn.core.ids import ordered_id
from sojourn.core.linking import Hold, hold_of
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.profiles import Profile, committed, with_identifier
from sojourn.core.refold import Refold
from sojourn.engine.answering import accepted, is_lost, rejected, withheld
from sojourn.engine.histories import History
from sojourn.engine.joining import Word, joining
from sojourn.engine.parting import Because, Parted, Parting, Undoing, home_of, person_of
from sojourn.engine.rules import Rules
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.errors import StaleFacts, StoreUnavailable, UnknownId
from sojourn.ports.records import Records
from sojourn.ports.system import Chance, Clock

TRIES_MAX = 50
"""How often something is decided again before whoever asked is told to come back."""


class AlreadyDecided(Exception):
    """Somebody has undone, accepted or rejected it before."""


class Refused(Exception):
    """Two people are not merged by hand without force: they differ where one person has one value."""

    def __init__(self, hold: Hold) -> None:
        """For this reason."""
        super().__init__(hold.value)
        self.hold = hold


class Merged(NamedTuple):
    """What becomes of a merge."""

    merge: Merge
    person: Profile


class People:
    """Decides about people, beside the collector."""

    def __init__(self, store: CollectorStore, records: Records, *, rules: Rules, clock: Clock, chance: Chance) -> None:
        """Work on a store, under the rules in force."""
        self._store = store
        self._records = records
        self._rules = rules
        self._clock = clock
        self._chance = chance

    async def as_of(self, any_id: str, at: datetime) -> Profile | None:
        """The person of an id as known at a moment: what had arrived by then, and who was joined by then."""
        home = await self._home(any_id)
        ids, merges = await self._relatives((home,), even_undone=True)
        fold = Refold(self._ruleset, [merge.id for merge in merges if not _held_at(merge, at)])
        await History(self._records, ids, fold).read_on(until=at)
        return fold.person(home)

    async def undo(
        self,
        merge_id: str,
        *,
        actor: str,
        parting: Parting = Parting.EXACT,
        because: Because = Because.WORD,
        dry_run: bool = False,
    ) -> Parted:
        """Undo a merge, or only say what would become of it.

        Raises UnknownId, AlreadyDecided, StoreUnavailable and NotSettled.
        """
        merge = await self._merge(merge_id)
        key = frozenset((merge.reason.key,)) if merge.reason.key else frozenset()
        past: _Past | None = None
        built_on: tuple[Merge, ...] = ()

        async def decide(facts: Facts) -> Changes:
            nonlocal merge, past, built_on
            merge = await self._merge(merge_id)
            past = await self._past(merge, past)
            built_on = tuple(each for each in past.left if each.at > merge.at)
            undoing = Undoing(self._marked(merge, actor, because), components(past.ids, past.left), facts, past.fold)
            return undoing.changes(await self._records.edges_of(merge.one), parting, self._chance.bits())

        # First what the commit depends on: whoever is joined or parted from there on makes it stale.
        keys = Keys(profiles=frozenset((merge.one, merge.two)), identifiers=key)
        changes = await self._carry_out(keys, decide, dry_run=dry_run)
        if dry_run:
            ids = frozenset(id for person in changes.profiles for id in person.ids)
            return Parted(merge, changes.profiles, built_on, await self._records.recorded_under(ids))
        return Parted(changes.merges[0], changes.profiles, built_on, {})

    async def merge(self, one: str, two: str, *, word: Word, force: bool = False, dry_run: bool = False) -> Merged:
        """Merge the people of two ids, or only say what would become of it.

        Raises UnknownId where one of them is nobody's, AlreadyDecided when they are one person, Refused without `force`
        when the rules hold it back, StoreUnavailable.
        """

        async def decide(facts: Facts) -> Changes:
            first, second = person_of(facts, one), person_of(facts, two)
            if first.id == second.id:
                raise AlreadyDecided("Both ids are of one person.")
            hold = hold_of(first, second, self._ruleset.identifiers.kinds, self._ruleset.limits)
            if hold is not None and not force:
                raise Refused(hold)
            return joining(facts, (one, two), word, self._ruleset, now=self._clock.now(), entropy=self._chance.bits())

        changes = await self._carry_out(Keys(profiles=frozenset((one, two))), decide, dry_run=dry_run)
        return Merged(changes.merges[0], changes.profiles[0])

    async def answer(self, review_id: str, *, accept: bool, actor: str) -> Review:
        """Accept or reject what was held back. Raises UnknownId, AlreadyDecided, StoreUnavailable."""
        review = await self._open_review(review_id)
        people = frozenset((review.one, review.two or review.one))

        async def decide(facts: Facts) -> Changes:
            now, found = self._clock.now(), await self._open_review(review_id)
            state: ReviewState = "accepted" if accept else "rejected"
            decided = replace(found, state=state, decided=now, actor=actor)
            if not accept:
                return rejected(decided, facts, now)
            if is_lost(found, facts):
                raise AlreadyDecided("The identifier has become somebody else's. Reject it, or merge both by hand.")
            told = await withheld(found, facts, self._records, self._ruleset)
            return accepted(decided, facts, told, self._ruleset, now=now, entropy=self._chance.bits())

        keys = Keys(profiles=people, identifiers=frozenset((review.reason.key,)))
        return (await self._carry_out(keys, decide)).reviews[0]

    async def learn(self, home: str, links: tuple[Edge, ...], *, actor: str) -> None:
        """Let identifiers lead to a person from now on. Raises UnknownId, StoreUnavailable."""

        async def decide(facts: Facts) -> Changes:
            return self._knowing(home, links, facts, actor)

        keys = Keys(profiles=frozenset((home,)), identifiers=frozenset(link.id for link in links))
        await self._carry_out(keys, decide)

    async def hold(self, reviews: tuple[Review, ...]) -> None:
        """Let what was held back wait for somebody's word, but nothing of who was erased. Raises StoreUnavailable."""

        async def decide(facts: Facts) -> Changes:
            left = tuple(review for review in reviews if _are_known(review, facts))
            return Changes(at=self._clock.now(), reviews=left)

        people = frozenset(id for review in reviews for id in (review.one, review.two) if id is not None)
        await self._carry_out(Keys(profiles=people), decide)

    async def _carry_out(
        self, keys: Keys, decide: Callable[[Facts], Awaitable[Changes]], *, dry_run: bool = False
    ) -> Changes:
        """Decide on what is known and commit it, again while that has changed meanwhile. Raises StoreUnavailable."""
        for _ in range(TRIES_MAX):
            facts = await self._store.load(keys)
            changes = await decide(facts)
            if dry_run:
                return changes
            try:
                await self._store.commit(changes, facts)
            except StaleFacts:
                continue
            return changes
        raise StoreUnavailable("What is known of these people changes too often.")

    @property
    def _ruleset(self) -> Ruleset:
        return self._rules.in_force()

    async def _home(self, any_id: str) -> str:
        facts = await self._store.load(Keys(profiles=frozenset((any_id,))))
        return home_of(facts, any_id)

    async def _merge(self, merge_id: str) -> Merge:
        merge = await self._records.merge(merge_id)
        if merge is None:
            raise UnknownId(merge_id)
        if merge.undone is not None:
            raise AlreadyDecided("This merge was undone before.")
        return merge

    async def _past(self, merge: Merge, known: _Past | None) -> _Past:
        """The past of both people without this merge, read up to now; `known` is what an earlier try has read of it."""
        ids, merges = await self._relatives((merge.one, merge.two))
        left = tuple(each for each in merges if each.id != merge.id)
        apart = frozenset(each.id for each in await self._records.merges_of(ids) if each.undone or each.id == merge.id)
        if known is None or (known.ids, known.apart) != (ids, apart):
            fold = Refold(self._ruleset, apart)
            known = _Past(ids, left, apart, fold, History(self._records, ids, fold))
        await known.history.read_on()
        return known._replace(left=left)

    async def _open_review(self, review_id: str) -> Review:
        review = await self._records.review(review_id)
        if review is None:
            raise UnknownId(review_id)
        if review.state != "open":
            raise AlreadyDecided(f"It was {review.state} before.")
        return review

    def _marked(self, merge: Merge, actor: str, because: Because) -> Merge:
        is_by_rules = because is Because.RULES
        return replace(merge, undone=self._clock.now(), undone_by=actor, is_parted_by_rules=is_by_rules)

    async def _relatives(
        self, ids: Collection[str], *, even_undone: bool = False
    ) -> tuple[frozenset[str], tuple[Merge, ...]]:
        """All profile ids that merges tie to these, and those merges, oldest first."""
        known: frozenset[str] = frozenset(ids)
        while True:
            found = await self._records.merges_of(known)
            counted = tuple(merge for merge in found if even_undone or merge.undone is None)
            more = known.union(*((merge.one, merge.two) for merge in counted))
            if more == known:
                return known, counted
            known = more

    def _knowing(self, home: str, links: tuple[Edge, ...], facts: Facts, actor: str) -> Changes:
        now = self._clock.now()
        person = known = person_of(facts, home)
        for link in links:
            known = with_identifier(known, link.kind, link.id)
        learnt = Contribution(identifiers=tuple((link.kind, link.id) for link in links))
        record = ordered_id(self._chance.bits(), now, 0)
        return Changes(
            at=now,
            profiles=(committed(known, person.version + 1, now),),
            edges=tuple(_led_anew(link, facts.links.get(link.id), actor) for link in links),
            submissions=(SubmissionRecord(id=record, at=now, profile=home, contribution=learnt),),
        )


def _led_anew(link: Edge, known: Edge | None, actor: str) -> Edge:
    """The link, with what somebody has said of the identifier."""
    return replace(link, actor=actor, barred=link.barred if known is None else known.barred)


class _Past(NamedTuple):
    """What was recorded of people whom a merge has joined, folded as if it had not."""

    ids: frozenset[str]
    left: tuple[Merge, ...]
    """The other merges that hold."""
    apart: frozenset[str]
    """The merges that do not."""
    fold: Refold
    history: History


def _held_at(merge: Merge, at: datetime) -> bool:
    return merge.at <= at and (merge.undone is None or merge.undone > at)


def _are_known(review: Review, facts: Facts) -> bool:
    """Whether nobody whom a review is about was erased meanwhile."""
    ids = (review.one,) if review.two is None else (review.one, review.two)
    return all(facts.aliases.get(id, id) in facts.profiles for id in ids)
