"""Changed rules of identity are tried on the whole history, and applied to it, with the same result."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.events import SentEvent, Submission
from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS, IdKind, PeriodLimit
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.refold import Request
from sojourn.engine.jobs import JobFailed, JobOrder
from sojourn.engine.joining import Word
from sojourn.engine.people import AlreadyDecided, People
from sojourn.engine.regraphing import PAGE, Regrapher
from sojourn.ports.errors import NotSettled, StoreUnavailable, UnknownId
from sojourn.stores.memory import MemoryStore
from tests.builders import NOON, a_submission
from tests.core.test_joined_people import RULES, SOURCES, logs
from tests.core.test_regraph import judged, people_in, people_of
from tests.engine.test_people import EMAIL, Counting, Shop, Tomorrow, two_who_are_one

ORDER = JobOrder(kind="identity-apply", actor="ann")


class ChangingRules:
    """Rules that somebody changes."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset

    def in_force(self) -> Ruleset:
        return self.ruleset


def with_kinds(*changed: IdKind) -> Ruleset:
    """The rules, with some kinds in the place of those that came along."""
    kinds = {kind.id: kind for kind in (*BUILT_IN_KINDS, *changed)}
    return Ruleset(
        event_types=RULES.event_types.values(),
        mappings=RULES.mappings,
        identifiers=Identifiers(kinds=kinds.values(), secret=b"secret"),
    )


def a_built_in(kind_id: str, **fields: Any) -> IdKind:
    [kind] = (kind for kind in BUILT_IN_KINDS if kind.id == kind_id)
    return replace(kind, **fields)


UNHURRIED = Ruleset(limits=Limits(retry_after_s=0))
WITHOUT_EMAIL = with_kinds(a_built_in("email-main", enabled=False))
RULE_BOOKS = (
    RULES,
    WITHOUT_EMAIL,
    with_kinds(a_built_in("phone-mobile", enabled=False)),
    with_kinds(a_built_in("email-main", blocked=("ann@mail.example",))),
    with_kinds(a_built_in("email-main", unique=True, limit_per_profile=1)),
    with_kinds(a_built_in("primary-key", unique=False, limit_per_profile=5)),
    with_kinds(a_built_in("email-main", trust="server")),
    with_kinds(a_built_in("email-main", limit_per_period=PeriodLimit(count=1))),
    Ruleset(event_types=RULES.event_types.values(), mappings=RULES.mappings),
)


class Desk(Shop):
    """A shop whose rules change."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        super().__init__()
        self.store = store or self.store
        self.rules = ChangingRules(RULES)
        self.people = People(self.store, self.store, rules=self.rules, clock=Tomorrow(), chance=Counting())  # type: ignore[arg-type]

    async def told(self, job: str, rules: Ruleset) -> Any:
        """What a job comes to under these rules."""
        for source in SOURCES:
            await self.store.catalog.put_source(source)
        self.rules.ruleset = rules
        regrapher = Regrapher(
            self.store,
            self.store,
            self.store.catalog,
            rules=self.rules,  # type: ignore[arg-type]
            people=self.people,
            clock=Tomorrow(),  # type: ignore[arg-type]
        )
        return await getattr(regrapher, job)(ORDER, lambda done, total: None)

    async def dry_run(self, rules: Ruleset) -> Any:
        return await self.told("dry_run", rules)

    async def apply(self, rules: Ruleset) -> Any:
        return await self.told("apply", rules)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@given(logs(), st.sampled_from(RULE_BOOKS), st.sampled_from(RULE_BOOKS))
async def test_to_apply_rules_does_what_a_dry_run_tells_and_leaves_nothing_to_do(
    log: tuple[Submission, ...], then: Ruleset, rules: Ruleset
) -> None:
    desk = Desk()
    for submission in log:
        await desk.keep(submission, then)
    told = await desk.dry_run(rules)
    graph = await judged(desk.store, rules)
    assert await desk.apply(rules) == told
    assert people_in(desk.store) == people_of(graph)
    assert told["people"]["then"] == len(people_in(desk.store))
    again = await desk.dry_run(rules)
    assert nothing_in(again)


@given(logs(), st.sampled_from(RULE_BOOKS))
async def test_rules_that_are_applied_and_taken_back_leave_the_people_who_were_there(
    log: tuple[Submission, ...], rules: Ruleset
) -> None:
    desk = Desk()
    for submission in log:
        await desk.keep(submission)
    before = people_in(desk.store)
    await desk.apply(rules)
    await desk.apply(RULES)
    assert people_in(desk.store) == before


@given(logs(), st.data())
async def test_what_was_answered_binds_whoever_judges_anew(log: tuple[Submission, ...], data: st.DataObject) -> None:
    desk = Desk()
    for submission in log:
        await desk.keep(submission)
    for review in tuple(desk.store._reviews.values()):
        if review.two is None or (await desk.person(review.one)).id != (await desk.person(review.two)).id:
            with suppress(AlreadyDecided):  # It has become somebody else's.
                await desk.people.answer(review.id, accept=data.draw(st.booleans()), actor="ann")
    for number, submission in enumerate(log):
        later = submission.received_at + timedelta(days=2)
        await desk.keep(replace(submission, id=f"again-{number}", entropy=1_000 + number, received_at=later))
    assert nothing_in(await desk.dry_run(RULES))


async def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    await two_who_are_one(desk)
    before = (dict(desk.store._profiles), list(desk.merges), dict(desk.store._submissions))
    assert (await desk.dry_run(WITHOUT_EMAIL))["split"]["count"] == 1
    assert before == (dict(desk.store._profiles), list(desk.merges), dict(desk.store._submissions))


async def test_a_dry_run_tells_whom_it_would_part_and_why(desk: Desk) -> None:
    one, two = await two_who_are_one(desk)
    told = await desk.dry_run(WITHOUT_EMAIL)
    assert told["people"] == {"now": 1, "then": 2}
    [sample] = told["split"]["samples"]
    assert {sample["one"], sample["two"]} == {one, two}
    assert (sample["kind"], sample["value"], sample["rule"]) == ("email-main", "a***@m***.example", "type:sign-in")


async def test_who_was_parted_by_rules_is_joined_again_by_other_rules(desk: Desk) -> None:
    one, two = await two_who_are_one(desk)
    await desk.apply(WITHOUT_EMAIL)
    assert (await desk.person(one)).id != (await desk.person(two)).id
    told = await desk.apply(RULES)
    assert told["joined"]["count"] == 1
    assert (await desk.person(one)).id == (await desk.person(two)).id


async def test_who_was_parted_by_somebody_stays_apart_whatever_the_rules(desk: Desk) -> None:
    one, two = await two_who_are_one(desk)
    await desk.people.undo(desk.merges[0].id, actor="ann")
    assert nothing_in(await desk.apply(RULES))
    assert (await desk.person(one)).id != (await desk.person(two)).id


async def test_who_was_joined_by_hand_stays_joined_whatever_the_rules(desk: Desk) -> None:
    one = await desk.send("order", {"n": 1}, session="s1")
    two = await desk.send("order", {"n": 2}, session="s2")
    await desk.people.merge(one, two, word=Word("ann"))
    assert nothing_in(await desk.apply(WITHOUT_EMAIL))
    assert (await desk.person(one)).id == (await desk.person(two)).id


async def test_a_merge_that_was_applied_says_who_asked_and_by_which_rule(desk: Desk) -> None:
    for session in ("s1", "s2"):
        await desk.send("order", session=session)
        await desk.keep(_sign_in(session), WITHOUT_EMAIL)
    await desk.apply(RULES)
    [merge] = desk.merges
    assert (merge.actor, merge.reason.kind, merge.reason.rule) == ("ann", "email-main", "type:sign-in")
    assert (await desk.person(merge.one)).id == (await desk.person(merge.two)).id


async def test_identifiers_that_are_learnt_from_history_recognise_whoever_comes_next(desk: Desk) -> None:
    await desk.send("order", session="s1")
    await desk.keep(_sign_in("s1"), WITHOUT_EMAIL)
    assert (await desk.apply(RULES))["learnt"] == 1
    [known] = people_in(desk.store)
    assert await desk.send("sign-in", EMAIL, session="s2") in known


class Halted(MemoryStore):
    """A store that has room for so many commits, and then is full."""

    room_for = 1_000

    async def room(self) -> None:
        self.room_for -= 1
        if self.room_for < 0:
            raise StoreUnavailable("The disk is full.")


@given(logs(), st.sampled_from(RULE_BOOKS), st.integers(0, 6))
async def test_who_is_interrupted_while_applying_begins_again_and_comes_to_the_same(
    log: tuple[Submission, ...], rules: Ruleset, steps: int
) -> None:
    store = Halted()
    desk = Desk(store)
    for submission in log:
        await desk.keep(submission)
    graph = await judged(store, rules)
    store.room_for = steps
    with suppress(StoreUnavailable):
        await desk.apply(rules)
    store.room_for = 1_000
    await desk.apply(rules)
    assert people_in(store) == people_of(graph)
    assert nothing_in(await desk.dry_run(rules))


class Erasing(MemoryStore):
    """Somebody is erased right after the first page of the history was read."""

    erased: str | None = None

    async def requests(self, *, limit: int, after: str | None = None) -> tuple[Request, ...]:
        page = await super().requests(limit=limit, after=after)
        if self.erased is not None:
            erased, self.erased = self.erased, None
            await self.erase(erased)
        return page


async def test_who_is_erased_meanwhile_is_not_counted() -> None:
    store = Erasing()
    desk = Desk(store)
    for number in range(PAGE):
        await desk.send("order", session=f"s{number}")
    store.erased = await desk.send("order", session=f"s{PAGE - 1}")
    await desk.send("order", session="later")
    await desk.send("order", session="later still")
    last_of_page = list(store._submissions.values())[PAGE - 1]
    assert last_of_page.profile == store.erased
    assert (await desk.dry_run(RULES))["people"] == {"now": PAGE + 1, "then": PAGE + 1}


async def test_people_who_are_erased_all_the_time_make_the_job_fail_with_a_next_step() -> None:
    class Endless(MemoryStore):
        async def requests(self, *, limit: int, after: str | None = None) -> tuple[Request, ...]:
            raise UnknownId("gone")

    with pytest.raises(JobFailed, match="Try again later"):
        await Desk(Endless()).dry_run(RULES)


async def test_a_history_that_cannot_be_read_just_now_is_read_later() -> None:
    class Behind(MemoryStore):
        times_behind = 2

        async def requests(self, *, limit: int, after: str | None = None) -> tuple[Request, ...]:
            self.times_behind -= 1
            if self.times_behind >= 0:
                raise NotSettled("The store is behind.")
            return await super().requests(limit=limit, after=after)

    desk = Desk(Behind())
    await desk.send("order", session="s1")
    assert (await desk.dry_run(UNHURRIED))["people"] == {"now": 1, "then": 1}


def nothing_in(told: Any) -> bool:
    """Whether a dry run has found nothing to do."""
    return not any((told["joined"]["count"], told["split"]["count"], told["parked"]["count"], told["learnt"]))


def _sign_in(session: str) -> Submission:
    return a_submission(
        SentEvent(type="sign-in", properties=EMAIL),
        id=f"sign-in-{session}",
        entropy=int(session[1:]) + 1_000,
        received_at=NOON + timedelta(hours=1),
        session_id=session,
    )
