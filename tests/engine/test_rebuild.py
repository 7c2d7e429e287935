"""A rebuild makes people what the rules in force make of their past, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

import pytest
from hypothesis import given
from msgspec.structs import replace

from sojourn.core.changes import Changes
from sojourn.core.events import SentEvent, Submission
from sojourn.core.facts import Facts
from sojourn.core.limits import Limits
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.profiles import Profile
from sojourn.core.refold import Request
from sojourn.core.rule_conditions import compile_condition
from sojourn.engine.jobs import JobOrder
from sojourn.engine.rebuild import Rebuilder, Rebuilt, TooBusy
from sojourn.ports.errors import StoreBroken, StoreUnavailable, UnknownId
from sojourn.stores.memory import MemoryStore
from sojourn.testing.stores import keep
from tests.builders import a_profile, a_submission, an_edge, noon_plus
from tests.door import HandClock
from tests.histories import RULES, histories, keep_all, refolded, rule, timeless

OLD = Ruleset()
NEW = Ruleset(mappings=[rule("spent", Operation(op=Op.ADD, target="profile@traits.spent", value="event@properties.n"))])
WITHOUT_SESSIONS = Ruleset(
    event_types=RULES.event_types.values(),
    mappings=[each for each in RULES.mappings if "session" not in f"{each.condition}{each.operations}"],
    compile_condition=compile_condition,
)
ORDER = SentEvent(type="order", properties={"n": 2})

Interruption = Callable[[MemoryStore], Awaitable[object]]


class Busy(MemoryStore):
    """Something happens right after a page of a history was read, or right before a commit, each time one thing."""

    def __init__(self) -> None:
        super().__init__()
        self.after_reading: list[Interruption] = []
        self.before_writing: list[Interruption] = []
        self.writes = 0

    async def history(
        self, profile_ids: Collection[str], *, limit: int, after: str | None = None
    ) -> tuple[Request, ...]:
        page = await super().history(profile_ids, limit=limit, after=after)
        if self.after_reading:
            await self.after_reading.pop(0)(self)
        return page

    async def commit(self, changes: Changes, facts: Facts) -> None:
        if not changes.tallies:
            self.writes += 1
            if self.before_writing:
                await self.before_writing.pop(0)(self)
        await super().commit(changes, facts)


@pytest.fixture
def store() -> Busy:
    return Busy()


def a_rebuilder(store: MemoryStore, rules: Ruleset = NEW, *, limits: Limits | None = None) -> Rebuilder:
    return Rebuilder(store, store, rules=lambda: rules, clock=HandClock(), limits=limits or Limits(retry_after_s=0))


def an_order(number: int = 0, *, session: str = "s1", **fields: object) -> Submission:
    sent = replace(ORDER, id=f"order-{number}-{session}")
    fields = {"id": f"r{number}-{session}", "received_at": noon_plus(number), "entropy": number, **fields}
    return a_submission(sent, session_id=session, **fields)


def orders(*submissions: Submission, rules: Ruleset = NEW) -> Interruption:
    """These orders come in, while these rules are in force."""
    return lambda store: keep_all(store, [[each] for each in submissions], rules)


async def the_person(store: MemoryStore) -> Profile:
    [profile_id] = await store.people(limit=2)
    profile = await store.profile(profile_id)
    assert profile is not None
    return profile


async def test_a_new_rule_is_applied_to_the_past_of_a_person(store: Busy) -> None:
    await orders(an_order(1), an_order(2), rules=OLD)(store)
    before = await the_person(store)
    assert await a_rebuilder(store).person(before.id) == Rebuilt(people=1, changed=1)
    after = await the_person(store)
    assert (before.traits, after.traits) == ({}, {"spent": 4})
    assert after.version == before.version + 1


async def test_a_rule_that_is_gone_has_left_nothing_behind(store: Busy) -> None:
    await orders(an_order(1))(store)
    assert (await the_person(store)).traits == {"spent": 2}
    await a_rebuilder(store, OLD).everybody(lambda done, total: None)
    assert (await the_person(store)).traits == {}


async def test_who_comes_out_as_before_is_not_written(store: Busy) -> None:
    await orders(an_order(1))(store)
    before = await the_person(store)
    assert await a_rebuilder(store).person(before.id) == Rebuilt(people=1)
    assert (await the_person(store), store.writes) == (before, 0)


async def test_nobody_cannot_be_rebuilt(store: Busy) -> None:
    with pytest.raises(UnknownId):
        await a_rebuilder(store).person("nobody")


async def test_who_has_no_past_stays_as_they_are(store: Busy) -> None:
    ann = a_profile("ann", traits={"plan": "gold"})
    await keep(store, ann)
    assert await a_rebuilder(store).person("ann") == Rebuilt(people=1)
    assert await store.profile("ann") == ann


async def test_ids_and_links_stay_as_they_are(store: Busy) -> None:
    await orders(an_order(1), rules=OLD)(store)
    person = await the_person(store)
    edge = an_edge("crm-1", person.id)
    await keep(store, replace(person, ids=(person.id, "crm-1"), version=person.version + 1), edge)
    await a_rebuilder(store).person("crm-1")
    assert (await the_person(store)).ids == (person.id, "crm-1")
    assert await store.edges_of(person.id) == (edge,)


async def test_an_event_that_comes_while_the_past_is_read_is_not_lost(store: Busy) -> None:
    await orders(an_order(1), rules=OLD)(store)
    store.after_reading = [orders(an_order(2)), orders(an_order(3))]
    await a_rebuilder(store).everybody(lambda done, total: None)
    assert (await the_person(store)).traits == {"spent": 6}


async def test_an_event_that_comes_right_before_the_commit_is_not_lost(store: Busy) -> None:
    await orders(an_order(1), rules=OLD)(store)
    store.before_writing = [orders(an_order(2)), orders(an_order(3))]
    await a_rebuilder(store).everybody(lambda done, total: None)
    assert (await the_person(store)).traits == {"spent": 6}


async def test_an_event_that_changed_nothing_when_it_came_counts_in_what_is_rebuilt(store: Busy) -> None:
    """It leaves no newer version of the profile behind, by which anybody could tell that it came."""
    rules = Ruleset(
        mappings=[
            rule("member", Operation(op=Op.SET, target="profile@traits.member", constant=True), event_type="joined"),
            rule(
                "orders",
                Operation(op=Op.INCREMENT, target="profile@traits.orders"),
                condition="profile@traits.member exists",
            ),
        ],
        compile_condition=compile_condition,
    )
    await orders(a_submission(SentEvent(type="joined"), session_id="s1"), rules=OLD)(store)
    before = await the_person(store)
    store.before_writing = [orders(an_order(1), rules=rules)]
    await a_rebuilder(store, rules).person(before.id)
    assert (await the_person(store)).traits == {"member": True, "orders": 1}


async def test_rules_that_change_in_the_middle_hold_for_the_whole_person(store: Busy) -> None:
    await orders(an_order(1), an_order(2), rules=OLD)(store)
    in_force = [OLD]

    async def change(_: MemoryStore) -> None:
        in_force[0] = NEW

    store.after_reading = [change]
    rebuilder = Rebuilder(store, store, rules=lambda: in_force[0], clock=HandClock(), limits=Limits())
    await rebuilder.everybody(lambda done, total: None)
    assert (await the_person(store)).traits == {"spent": 4}


async def test_who_is_erased_meanwhile_does_not_come_back(store: Busy) -> None:
    await orders(an_order(1), rules=OLD)(store)
    person = await the_person(store)
    store.after_reading = [lambda store: store.erase(person.id)]
    assert await a_rebuilder(store).person(person.id) == Rebuilt(people=1)
    assert await store.people(limit=10) == ()


@pytest.mark.parametrize("moment", ["after_reading", "before_writing"])
async def test_who_is_erased_and_comes_anew_meanwhile_keeps_nothing_of_the_past(store: Busy, moment: str) -> None:
    source = replace(an_order().source, static_profile_id=True)
    come = [an_order(number, session=f"s{number}", source=source, profile_id="ann") for number in (1, 2, 3)]
    await orders(*come[:2], rules=OLD)(store)

    async def erase_and_come_anew(store: MemoryStore) -> None:
        await store.erase("ann")
        await orders(come[2])(store)

    setattr(store, moment, [erase_and_come_anew])
    await a_rebuilder(store).person("ann")
    assert (await the_person(store)).traits == {"spent": 2}


async def test_a_rule_reads_the_session_as_it_stands_where_none_was_kept(store: Busy) -> None:
    counting = Ruleset(mappings=[rule("count", Operation(op=Op.INCREMENT, target="session@traits.orders"))])
    reading = Ruleset(
        mappings=[rule("n", Operation(op=Op.SET, target="profile@traits.n", value="session@traits.orders"))]
    )
    await orders(an_order(1), an_order(2), rules=counting)(store)
    await a_rebuilder(store, reading).everybody(lambda done, total: None)
    assert (await the_person(store)).traits == {"n": 2}


async def test_everybody_is_rebuilt_and_told_of(store: Busy) -> None:
    await orders(*(an_order(number, session=f"s{number}") for number in range(9)), rules=OLD)(store)
    told: list[tuple[int, int]] = []
    assert await a_rebuilder(store).everybody(lambda done, total: told.append((done, total))) == Rebuilt(
        people=9, changed=9
    )
    assert (told[0], told[-1]) == ((0, 9), (9, 9))
    people = [await store.profile(id) for id in await store.people(limit=10)]
    assert [person.traits for person in people if person is not None] == [{"spent": 2}] * 9


async def test_a_person_who_is_never_at_rest_is_left_and_told(store: Busy) -> None:
    await orders(an_order(1), rules=OLD)(store)
    person = await the_person(store)
    store.before_writing = [orders(an_order(number)) for number in range(2, 500)]
    with pytest.raises(TooBusy, match="Try again later"):
        await a_rebuilder(store).person(person.id)
    assert await a_rebuilder(store).everybody(lambda done, total: None) == Rebuilt(people=1, busy=1)


async def test_a_store_that_has_no_room_for_a_while_is_waited_for(store: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    await orders(an_order(1), rules=OLD)(store)
    answers = [StoreUnavailable("The disk is full."), StoreUnavailable("The disk is full."), None, None, None]

    async def room() -> None:
        if answer := answers.pop(0):
            raise answer

    monkeypatch.setattr(store, "room", room)
    assert await a_rebuilder(store).everybody(lambda done, total: None) == Rebuilt(people=1, changed=1)


async def test_a_store_that_breaks_ends_the_rebuild(store: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    await orders(an_order(1), rules=OLD)(store)

    async def room() -> None:
        raise StoreBroken("The disk is gone.")

    monkeypatch.setattr(store, "room", room)
    with pytest.raises(StoreBroken):
        await a_rebuilder(store).everybody(lambda done, total: None)


async def test_a_job_rebuilds_one_person_or_everybody(store: Busy) -> None:
    await orders(an_order(1), an_order(2, session="s2"), rules=OLD)(store)
    one, _ = await store.people(limit=2)
    told: list[tuple[int, int]] = []
    rebuilder = a_rebuilder(store)
    order = JobOrder(kind="rebuild", profile=one)
    assert await rebuilder.carry_out(order, lambda *done: told.append(done)) == {"people": 1, "changed": 1, "busy": 0}
    assert told == [(1, 1)]
    order = JobOrder(kind="rebuild")
    assert await rebuilder.carry_out(order, lambda *_: None) == {"people": 2, "changed": 1, "busy": 0}


@given(log=histories())
def test_whatever_happened_everybody_becomes_what_the_rules_make_of_it(log: tuple[Submission, ...]) -> None:
    async def compare() -> None:
        store = MemoryStore()
        await keep_all(store, [log], OLD)
        await a_rebuilder(store, WITHOUT_SESSIONS).everybody(lambda done, total: None)
        for profile_id in await store.people(limit=1_000):
            person = await store.profile(profile_id)
            assert person is not None
            assert timeless(person) == timeless(await refolded(store, profile_id, WITHOUT_SESSIONS))
        assert (await a_rebuilder(store, WITHOUT_SESSIONS).everybody(lambda done, total: None)).changed == 0

    asyncio.run(compare())
