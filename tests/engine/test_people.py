"""What somebody decides about people: merges are undone exactly, made by hand, and looked back on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import assume, given
from msgspec.structs import replace

from sojourn.core.asserted import identifiers_told
from sojourn.core.changes import Changes
from sojourn.core.events import SentEvent, Submission
from sojourn.core.facts import Facts, Keys, keys_of
from sojourn.core.graph import Merge
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.profiles import Profile
from sojourn.core.regraph import Regraph, precedents_of
from sojourn.engine.joining import Word
from sojourn.engine.parting import Parting
from sojourn.engine.people import AlreadyDecided, People, Refused
from sojourn.ports.errors import UnknownId
from sojourn.ports.records import EventQuery
from sojourn.stores.memory import MemoryStore
from tests.builders import NOON, a_source, a_submission
from tests.core.test_joined_people import RULES, logs

WITHOUT_IDENTIFIERS = Ruleset(event_types=RULES.event_types.values(), mappings=RULES.mappings)
LATER = NOON + timedelta(days=1)


class FixedRules:
    """Rules that never change."""

    def in_force(self) -> Ruleset:
        return RULES


class Tomorrow:
    """A clock that stands still."""

    def now(self) -> datetime:
        return LATER


class Counting:
    """Chance that everybody could foresee."""

    def __init__(self) -> None:
        self._numbers = count(10**6)

    def bits(self) -> int:
        return next(self._numbers)


class Overtaken(MemoryStore):
    """A store in which something else is done just before it next loads."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], Awaitable[object]]] = []

    async def load(self, keys: Keys) -> Facts:
        if self.meanwhile:
            await self.meanwhile.pop()()
        return await super().load(keys)

    async def commit(self, changes: Changes, facts: Facts) -> None:
        if self.meanwhile:
            await self.meanwhile.pop()()
        await super().commit(changes, facts)


class Shop:
    """A store, the people who decide, and what they decide on."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.people = People(self.store, self.store, rules=FixedRules(), clock=Tomorrow(), chance=Counting())  # type: ignore[arg-type]
        self._numbers = count(1)

    async def send(self, type: str, properties: dict[str, object] | None = None, *, session: str) -> str:
        """Have an event decided; the id of the person."""
        number = next(self._numbers)
        submission = a_submission(
            SentEvent(type=type, properties=properties or {}),
            id=f"request-{number}",
            entropy=number,
            received_at=NOON + timedelta(minutes=number),
            session_id=session,
        )
        return await self.keep(submission)

    async def keep(self, submission: Submission, rules: Ruleset = RULES) -> str:
        facts = await self.store.load(replace(keys_of([submission]), identifiers=identifiers_told([submission], rules)))
        decided = decide_all([submission], facts, rules)
        await self.store.commit(decided.changes, facts)
        return decided.decisions[0].profile_id or ""

    async def person(self, any_id: str) -> Profile:
        person = await self.store.profile(any_id)
        assert person is not None
        return person

    @property
    def merges(self) -> list[Merge]:
        return list(self.store._merges.values())


@pytest.fixture
def shop() -> Shop:
    return Shop()


EMAIL: dict[str, object] = {"email": {"main": "ann@mail.example"}}


async def two_who_are_one(shop: Shop) -> tuple[str, str]:
    """Two devices of one person, by their profile ids."""
    one = await shop.send("order", {"n": 1}, session="s1")
    two = await shop.send("order", {"n": 2}, session="s2")
    await shop.send("sign-in", EMAIL, session="s1")
    await shop.send("sign-in", EMAIL, session="s2")
    return one, two


@given(logs())
async def test_an_undone_merge_leaves_both_as_if_they_had_never_been_joined(log: tuple[Submission, ...]) -> None:
    shop = Shop()
    for submission in log:
        await shop.keep(submission)
    assume(not any(record.contribution.withheld for record in shop.store._submissions.values()))
    while open_merges := [merge for merge in shop.merges if merge.undone is None]:
        await shop.people.undo(open_merges[0].id, actor="ann")
    for home in {record.profile for record in shop.store._submissions.values()}:
        alone = await never_joined(shop, log, home or "")
        assert _what_counts(await shop.person(home or "")) == _what_counts(alone)


async def never_joined(shop: Shop, log: Sequence[Submission], home: str) -> Profile:
    """The person that the requests recorded under an id make in a world where nobody is ever joined."""
    alone = Shop()
    recorded = {id for id, record in shop.store._submissions.items() if record.profile == home}
    for submission in log:
        if submission.id in recorded:
            is_known = await alone.store.profile(home) is not None
            named = replace(submission, profile_id=home if is_known else None)
            await alone.keep(named, WITHOUT_IDENTIFIERS)
    return await alone.person(home)


def _what_counts(profile: Profile) -> Profile:
    time = replace(profile.metadata.time, update=None)
    return replace(profile, version=0, ids=(), identifiers={}, metadata=replace(profile.metadata, time=time))


async def test_after_an_undo_events_go_by_their_own_ids(shop: Shop) -> None:
    one, two = await two_who_are_one(shop)
    await shop.people.undo(shop.merges[0].id, actor="ann")
    assert await shop.send("order", {"n": 4}, session="s2") == two
    assert (await shop.person(two)).traits["spent"] == 6
    assert (await shop.person(one)).traits["spent"] == 1


async def test_the_same_identifier_does_not_join_again_what_was_parted(shop: Shop) -> None:
    _, two = await two_who_are_one(shop)
    await shop.people.undo(shop.merges[0].id, actor="ann")
    assert await shop.send("sign-in", EMAIL, session="s2") == two


async def test_another_identifier_does(shop: Shop) -> None:
    one, _ = await two_who_are_one(shop)
    await shop.people.undo(shop.merges[0].id, actor="ann")
    await shop.send("sign-in", {"phone": {"mobile": "+447700900102"}}, session="s1")
    assert await shop.send("sign-in", {"phone": {"mobile": "+447700900102"}}, session="s2") == one


async def test_a_merge_is_undone_once(shop: Shop) -> None:
    await two_who_are_one(shop)
    await shop.people.undo(shop.merges[0].id, actor="ann")
    with pytest.raises(AlreadyDecided):
        await shop.people.undo(shop.merges[0].id, actor="ann")


@pytest.mark.parametrize("overtakings", [1, 2])
async def test_who_is_joined_while_a_merge_is_undone_stays_joined(overtakings: int) -> None:
    store = Overtaken()
    shop = Shop(store)
    one, two = await two_who_are_one(shop)
    three = await shop.send("order", {"n": 8}, session="s3")

    async def join() -> None:
        await shop.send("sign-in", EMAIL, session="s3")

    async def nothing() -> None:
        """Let the first time pass."""

    store.meanwhile += [join, nothing][:overtakings]
    await shop.people.undo(shop.merges[0].id, actor="ann")
    assert {(await shop.person(id)).id for id in (one, three)} == {one}
    assert (await shop.person(one)).traits["spent"] == 9
    assert (await shop.person(two)).traits["spent"] == 2


async def test_of_two_who_undo_a_merge_at_once_one_is_told_that_it_was_undone() -> None:
    store = Overtaken()
    shop = Shop(store)
    await two_who_are_one(shop)
    store.meanwhile = [lambda: shop.people.undo(shop.merges[0].id, actor="bob")]
    with pytest.raises(AlreadyDecided):
        await shop.people.undo(shop.merges[0].id, actor="ann")
    assert shop.merges[0].undone_by == "bob"


async def test_a_preview_of_an_undo_changes_nothing(shop: Shop) -> None:
    one, two = await two_who_are_one(shop)
    parted = await shop.people.undo(shop.merges[0].id, actor="ann", dry_run=True)
    assert {person.id for person in parted.people} == {one, two}
    assert (await shop.person(two)).id == one
    assert shop.merges[0].undone is None


async def test_merges_that_others_build_on_are_undone_in_any_order(shop: Shop) -> None:
    one, two = await two_who_are_one(shop)
    three = await shop.send("order", {"n": 8}, session="s3")
    await shop.send("sign-in", EMAIL, session="s3")
    await shop.people.undo(shop.merges[0].id, actor="ann")
    assert {(await shop.person(id)).id for id in (one, three)} == {one}
    assert (await shop.person(two)).traits["spent"] == 2
    assert (await shop.person(three)).traits["spent"] == 9


async def test_a_parting_from_now_on_leaves_the_past_with_the_survivor(shop: Shop) -> None:
    one, two = await two_who_are_one(shop)
    await shop.people.undo(shop.merges[0].id, actor="ann", parting=Parting.FROM_NOW)
    await shop.send("order", {"n": 4}, session="s2")
    assert (await shop.person(one)).traits["spent"] == 3
    assert (await shop.person(two)).traits["spent"] == 4


async def test_two_people_are_merged_by_hand_and_parted_again(shop: Shop) -> None:
    one = await shop.send("order", {"n": 1}, session="s1")
    two = await shop.send("order", {"n": 2}, session="s2")
    merged = await shop.people.merge(two, one, word=Word("ann"))
    assert (merged.merge.survivor, (await shop.person(two)).traits["spent"]) == (one, 3)
    await shop.people.undo(merged.merge.id, actor="ann")
    assert (await shop.person(two)).traits["spent"] == 2


async def test_who_differs_in_a_unique_kind_is_merged_by_force_only(shop: Shop) -> None:
    one = await shop.send("sign-in", {"pk": "1"}, session="s1")
    two = await shop.send("sign-in", {"pk": "2"}, session="s2")
    with pytest.raises(Refused):
        await shop.people.merge(one, two, word=Word("ann"))
    assert (await shop.people.merge(one, two, word=Word("ann"), force=True)).person.id == one


async def test_nobody_is_merged_with_themselves(shop: Shop) -> None:
    one, two = await two_who_are_one(shop)
    with pytest.raises(AlreadyDecided):
        await shop.people.merge(one, two, word=Word("ann"))


async def test_nobody_is_merged_with_nobody(shop: Shop) -> None:
    one = await shop.send("order", session="s1")
    with pytest.raises(UnknownId):
        await shop.people.merge(one, "unknown", word=Word("ann"))


async def held_back(shop: Shop) -> tuple[str, str]:
    """Two known people whom a public source would join, by their ids."""
    one = await shop.send("sign-in", EMAIL, session="s1")
    two = await shop.send("sign-in", {"email": {"main": "bob@mail.example"}}, session="s2")
    await shop.send("sign-in", EMAIL, session="s2")
    return one, two


async def test_to_accept_what_was_held_back_joins_the_people(shop: Shop) -> None:
    one, two = await held_back(shop)
    [review] = shop.store._reviews.values()
    answered = await shop.people.answer(review.id, accept=True, actor="ann")
    assert (answered.state, (await shop.person(two)).id) == ("accepted", one)


async def test_what_was_held_back_can_be_accepted_when_both_are_one_person_already(shop: Shop) -> None:
    one, two = await held_back(shop)
    await shop.people.merge(one, two, word=Word("bob"))
    [review] = shop.store._reviews.values()
    await shop.people.answer(review.id, accept=True, actor="ann")
    assert [review.state for review in shop.store._reviews.values()] == ["accepted"]
    assert len(shop.merges) == 1


async def test_of_two_who_answer_a_review_at_once_one_is_told_that_it_was_answered() -> None:
    store = Overtaken()
    shop = Shop(store)
    one, two = await held_back(shop)
    [review] = shop.store._reviews.values()
    store.meanwhile = [lambda: shop.people.answer(review.id, accept=True, actor="bob")]
    with pytest.raises(AlreadyDecided):
        await shop.people.answer(review.id, accept=False, actor="ann")
    assert (await shop.person(two)).id == one


async def test_what_was_rejected_is_not_held_back_again(shop: Shop) -> None:
    _, two = await held_back(shop)
    [review] = shop.store._reviews.values()
    await shop.people.answer(review.id, accept=False, actor="ann")
    assert await shop.send("sign-in", EMAIL, session="s2") == two
    assert [review.state for review in shop.store._reviews.values()] == ["rejected"]


async def test_nobody_carries_what_was_rejected(shop: Shop) -> None:
    _, two = await held_back(shop)
    [review] = shop.store._reviews.values()
    await shop.people.answer(review.id, accept=False, actor="ann")
    await shop.send("sign-in", {**EMAIL, "login": "bob"}, session="s2")
    assert (await shop.person(two)).data["contact"]["email"] == {"main": "bob@mail.example"}  # type: ignore[index]
    assert (await shop.person(two)).data["identifier"] == {"token": "bob"}


async def test_what_was_rejected_stays_unwritten_when_history_is_judged_anew(shop: Shop) -> None:
    _, two = await held_back(shop)
    [review] = shop.store._reviews.values()
    await shop.people.answer(review.id, accept=False, actor="ann")
    await shop.send("sign-in", EMAIL, session="s2")
    graph = Regraph(RULES, {"shop": a_source()}, precedents_of((), shop.store._reviews.values()))
    for request in await shop.store.requests(limit=100):
        graph.add(request)
    judged = graph.person(two)
    assert judged is not None
    assert judged.data == (await shop.person(two)).data


async def test_what_is_accepted_is_written_at_once_when_the_identifier_was_nobodys(shop: Shop) -> None:
    one = await shop.send("sign-in", {"pk": "1"}, session="s1")
    await shop.send("sign-in", {"pk": "2", "login": "ann"}, session="s1")
    [review] = shop.store._reviews.values()
    await shop.people.answer(review.id, accept=True, actor="ann")
    person = await shop.person(one)
    assert (person.data["identifier"], person.primary_id) == ({"pk": "2", "token": "ann"}, "2")
    assert folded(person) == folded(await shop.people.as_of(one, LATER))


async def test_what_is_accepted_is_written_at_once_when_two_people_are_joined(shop: Shop) -> None:
    one, two = await held_back(shop)
    [review] = shop.store._reviews.values()
    await shop.people.answer(review.id, accept=True, actor="ann")
    person = await shop.person(two)
    assert person.data["contact"]["email"] == {"main": "ann@mail.example"}  # type: ignore[index]
    assert folded(person) == folded(await shop.people.as_of(one, LATER))


async def test_what_is_accepted_is_written_at_once_when_both_are_one_person_already(shop: Shop) -> None:
    one, two = await held_back(shop)
    await shop.people.merge(one, two, word=Word("bob"))
    [review] = shop.store._reviews.values()
    await shop.people.answer(review.id, accept=True, actor="ann")
    person = await shop.person(two)
    assert person.data["contact"]["email"] == {"main": "ann@mail.example"}  # type: ignore[index]
    assert folded(person) == folded(await shop.people.as_of(one, LATER))


async def test_who_was_joined_by_an_answer_and_is_parted_again_keeps_what_they_told(shop: Shop) -> None:
    one, two = await held_back(shop)
    before = await shop.person(one)
    [review] = shop.store._reviews.values()
    await shop.people.answer(review.id, accept=True, actor="ann")
    await shop.people.undo(shop.merges[0].id, actor="ann")
    assert folded(await shop.person(one)) == folded(before)
    assert (await shop.person(two)).data["contact"]["email"] == {"main": "ann@mail.example"}  # type: ignore[index]


async def test_a_person_is_told_as_known_at_a_moment(shop: Shop) -> None:
    one, two = await two_who_are_one(shop)
    known_then = await shop.people.as_of(two, NOON + timedelta(minutes=3))
    assert known_then is not None
    assert (known_then.id, known_then.traits["spent"]) == (two, 2)
    known_now = await shop.people.as_of(two, LATER)
    assert known_now is not None
    assert (known_now.id, known_now.traits["spent"]) == (one, 3)


async def test_before_anything_was_known_nobody_is_told(shop: Shop) -> None:
    one, _ = await two_who_are_one(shop)
    assert await shop.people.as_of(one, NOON) is None


async def test_an_identifier_that_has_become_somebody_elses_is_not_accepted(shop: Shop) -> None:
    await shop.send("sign-in", {"pk": "1"}, session="s1")
    await shop.send("sign-in", {"pk": "2"}, session="s1")
    await shop.send("sign-in", {"pk": "2"}, session="s2")
    [review] = shop.store._reviews.values()
    with pytest.raises(AlreadyDecided):
        await shop.people.answer(review.id, accept=True, actor="ann")


async def test_a_preview_of_an_undo_counts_what_goes_with_each_id(shop: Shop) -> None:
    one, two = await two_who_are_one(shop)
    await shop.send("order", {"n": 4}, session="s2")
    parted = await shop.people.undo(shop.merges[0].id, actor="ann", dry_run=True)
    events = (await shop.store.events(EventQuery(profile=one), limit=100)).items
    assert {id: counted.sessions for id, counted in parted.recorded.items()} == {one: 1, two: 1}
    assert sum(counted.events for counted in parted.recorded.values()) == len(events)


async def test_what_was_undone_is_told_with_who_did_it(shop: Shop) -> None:
    await two_who_are_one(shop)
    parted = await shop.people.undo(shop.merges[0].id, actor="ann")
    assert (parted.merge.undone, parted.merge.undone_by) == (LATER, "ann")


def folded(person: Profile | None) -> Profile:
    """The person without when and how often it was written."""
    assert person is not None
    time = replace(person.metadata.time, update=None)
    return replace(person, version=0, metadata=replace(person.metadata, time=time))
