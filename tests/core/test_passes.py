"""People are handed on from site to site: by tokens that nobody else can make, or, where that is allowed, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.asserted import identifiers_told
from sojourn.core.events import Options, SentEvent, Submission
from sojourn.core.facts import keys_of
from sojourn.core.passes import Pass, Passes, TokenClaims, key_of_pass
from sojourn.core.pipeline import Decided, Decision, decide_all
from sojourn.core.profiles import Profile
from sojourn.core.regraph import Regraph, precedents_of
from sojourn.core.sources import Source
from sojourn.engine.people import People
from sojourn.stores.memory import MemoryStore
from tests.builders import NOON, a_source, a_submission
from tests.core.test_joined_people import RULES
from tests.engine.test_people import Counting, FixedRules, Tomorrow

PASSES = Passes(b"secret")
SOON = int(NOON.timestamp()) + 120
CLAIMS = TokenClaims("t1", "shop", SOON)


class Sites:
    """A store, and browsers that go from site to site."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.people = People(self.store, self.store, rules=FixedRules(), clock=Tomorrow(), chance=Counting())  # type: ignore[arg-type]
        self._numbers: Iterator[int] = count(1)

    def send(self, session: str, handed_on: Pass | None = None, **more: object) -> Decision:
        """Have one event decided and kept; the answer to it."""
        [decision] = self.send_together(self.request(session, handed_on, **more))
        return decision

    def sign_in(self, session: str, pk: str) -> str:
        """Let somebody say who they are; their id."""
        event = SentEvent(type="sign-in", properties={"pk": pk})
        return self.send(session, events=((0, event),)).profile_id or ""

    def request(self, session: str, handed_on: Pass | None = None, **more: object) -> Submission:
        number = next(self._numbers)
        return replace(
            a_submission(
                SentEvent(type="page-view"),
                id=f"request-{number}",
                entropy=number,
                received_at=NOON + timedelta(seconds=number),
                session_id=session,
                source=a_source(id="shop"),
            ),
            handed_on=handed_on,
            **more,
        )

    def send_together(self, *submissions: Submission) -> tuple[Decision, ...]:
        return asyncio.run(self._keep(submissions)).decisions

    async def _keep(self, submissions: tuple[Submission, ...]) -> Decided:
        keys = keys_of(submissions)
        keys = replace(keys, identifiers=keys.identifiers | identifiers_told(submissions, RULES))
        while True:
            facts = await self.store.load(keys)
            decided = decide_all(submissions, facts, RULES)
            if not decided.unasked:
                await self.store.commit(decided.changes, facts)
                return decided
            keys = replace(keys, identifiers=keys.identifiers | decided.unasked)

    def person(self, any_id: str) -> Profile:
        person = asyncio.run(self.store.profile(any_id))
        assert person is not None
        return person

    def types(self) -> list[str]:
        return sorted(recorded.event.type for recorded in self.store._events.values())

    def count_of_merges(self) -> int:
        return len([merge for merge in self.store._merges.values() if merge.undone is None])


@pytest.fixture
def sites() -> Sites:
    return Sites()


def signed(profile: str | None, id: str = "t1", source: str = "shop", expires_at: int = SOON) -> Pass:
    return Pass(profile or "", TokenClaims(id, source, expires_at))


def bare(profile: str | None) -> Pass:
    return Pass(profile or "")


def codes(decision: Decision) -> list[str]:
    return [warning.code for warning in decision.warnings]


@given(st.text(min_size=1), st.text(), st.text(), st.integers(0, 2**40))
def test_a_token_says_what_it_was_made_of(profile: str, id: str, source: str, expires_at: int) -> None:
    claims = TokenClaims(id, source, expires_at)
    assert PASSES.read(PASSES.token(profile, claims)) == Pass(profile, claims)


@given(st.data())
def test_a_token_in_which_anything_was_changed_says_nothing(data: st.DataObject) -> None:
    token = PASSES.token("ann", CLAIMS)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda letter: letter != token[place]))
    assert PASSES.read(token[:place] + other + token[place + 1 :]) is None


@given(st.text())
def test_a_text_that_was_not_made_here_says_nothing(text: str) -> None:
    assert PASSES.read(text) is None


def test_a_token_of_another_secret_says_nothing() -> None:
    assert PASSES.read(Passes(b"other").token("ann", CLAIMS)) is None


@pytest.mark.parametrize("handed_on", [signed, bare])
def test_a_new_browser_is_the_person_who_was_handed_on(sites: Sites, handed_on: Callable[[str | None], Pass]) -> None:
    ann = sites.send("s1").profile_id
    answer = sites.send("s2", handed_on(ann))
    assert (answer.profile_id, codes(answer)) == (ann, [])
    assert sites.types() == sorted(
        ["page-view", "profile-created", "visit-started", "session-opened", "page-view", "visit-started",
         "session-opened"]
    )  # fmt: skip
    assert sites.send("s2").profile_id == ann


@pytest.mark.parametrize("handed_on", [signed, bare])
def test_an_anonymous_browser_that_was_known_before_becomes_one_with_the_person(
    sites: Sites, handed_on: Callable[[str | None], Pass]
) -> None:
    ann = sites.sign_in("s1", "1")
    own = sites.send("s2").profile_id
    answer = sites.send("s2", handed_on(ann))
    assert answer.profile_id == ann
    assert set(sites.person(ann).ids) == {ann, own}
    assert sites.send("s3", profile_id=own).profile_id == ann
    [merge] = sites.store._merges.values()
    assert (merge.reason.kind, merge.reason.rule) == ("pass", "signed-pass" if handed_on is signed else "bare-pass")


def test_the_elder_survives_whoever_was_handed_on(sites: Sites) -> None:
    own = sites.send("s1").profile_id
    ann = sites.send("s2").profile_id
    assert sites.send("s1", signed(ann)).profile_id == own


@pytest.mark.parametrize(
    "handed_on",
    [
        signed("nobody"),
        bare("nobody"),
        signed("", "t1", "other"),
        signed("", "t1", "shop", int(NOON.timestamp())),
        bare("email#0123456789abcdef0123456789abcdef"),
    ],
)
def test_a_pass_that_does_not_hold_is_ignored_with_a_warning(sites: Sites, handed_on: Pass) -> None:
    ann = sites.send("s1").profile_id
    handed_on = handed_on if handed_on.profile else replace(handed_on, profile=ann)
    answer = sites.send("s2", handed_on)
    assert (answer.profile_id != ann, codes(answer)) == (True, ["pass-ignored"])
    assert sites.count_of_merges() == 0


def test_a_token_is_used_once(sites: Sites) -> None:
    ann = sites.send("s1").profile_id
    sites.send("s2", signed(ann))
    answer = sites.send("s3", signed(ann))
    assert (answer.profile_id != ann, codes(answer)) == (True, ["pass-ignored"])


def test_of_two_browsers_that_come_at_once_with_one_token_the_first_is_the_person(sites: Sites) -> None:
    ann = sites.send("s1").profile_id
    first, second = sites.send_together(sites.request("s2", signed(ann)), sites.request("s3", signed(ann)))
    assert (first.profile_id, codes(first)) == (ann, [])
    assert (second.profile_id != ann, codes(second)) == (True, ["pass-ignored"])


def test_a_token_is_not_used_up_by_a_request_that_keeps_nobody(sites: Sites) -> None:
    ann = sites.send("s1").profile_id
    assert codes(sites.send("s2", signed(ann), options=Options(save_profile=False))) == ["pass-ignored"]
    assert sites.send("s3", signed(ann)).profile_id == ann


@pytest.mark.parametrize("source", [a_source(id="shop", identity="open"), a_source(id="shop", trust="server")])
def test_who_is_trusted_joins_two_who_are_known_by_a_token_and_never_by_a_name(sites: Sites, source: Source) -> None:
    ann = sites.send("s1", events=mobile("+447700900102")).profile_id
    bob = sites.send("s2", events=mobile("+447700900103")).profile_id
    held = sites.send("s2", bare(ann), source=source)
    assert (held.profile_id, codes(held)) == (bob, ["identity-held"])
    assert sites.send("s2", signed(ann), source=source).profile_id == ann


def test_a_public_source_joins_nobody_who_are_both_known(sites: Sites) -> None:
    ann = sites.send("s1", events=mobile("+447700900102")).profile_id
    bob = sites.send("s2", events=mobile("+447700900103")).profile_id
    answer = sites.send("s2", signed(ann))
    assert (answer.profile_id, codes(answer)) == (bob, ["identity-held"])
    assert [(review.why, review.reason.kind) for review in sites.store._reviews.values()] == [("two-known", "pass")]


def test_two_values_of_a_unique_kind_hold_a_token_back_whoever_brings_it(sites: Sites) -> None:
    ann = sites.sign_in("s1", "1")
    sites.sign_in("s2", "2")
    assert codes(sites.send("s2", signed(ann), source=a_source(id="shop", trust="server"))) == ["identity-held"]
    assert [review.why for review in sites.store._reviews.values()] == ["unique-conflict"]


def test_a_source_that_may_not_say_who_somebody_is_brings_no_pass(sites: Sites) -> None:
    ann = sites.send("s1").profile_id
    answer = sites.send("s2", signed(ann), source=a_source(id="shop", identity="server-only"))
    assert (answer.profile_id != ann, codes(answer)) == (True, ["pass-ignored"])


def test_a_name_that_everybody_brings_is_held_back_at_last(sites: Sites) -> None:
    ann = sites.send("s1").profile_id
    answers = [sites.send(f"b{number}", bare(ann)) for number in range(21)]
    assert [answer.profile_id == ann for answer in answers] == [True] * 20 + [False]
    assert [review.why for review in sites.store._reviews.values()] == ["fan-in"]


def test_a_review_of_a_pass_that_is_accepted_joins_both(sites: Sites) -> None:
    ann, bob = two_held(sites)
    [review] = sites.store._reviews
    asyncio.run(sites.people.answer(review, accept=True, actor="eve"))
    assert set(sites.person(ann).ids) == {ann, bob}


def test_a_review_of_a_pass_that_is_rejected_bars_the_next_one(sites: Sites) -> None:
    ann, bob = two_held(sites)
    [review] = sites.store._reviews
    asyncio.run(sites.people.answer(review, accept=False, actor="eve"))
    answer = sites.send("s2", signed(ann, "t2"), source=a_source(id="shop", identity="open"))
    assert (answer.profile_id, codes(answer)) == (bob, ["pass-ignored"])


def test_a_pass_does_not_join_again_who_was_parted(sites: Sites) -> None:
    ann = sites.sign_in("s1", "1")
    own = sites.send("s2").profile_id
    sites.send("s2", signed(ann))
    [merge] = sites.store._merges
    asyncio.run(sites.people.undo(merge, actor="eve"))
    answer = sites.send("s2", signed(ann, "t2"))
    assert (answer.profile_id, codes(answer)) == (own, ["pass-ignored"])
    assert sites.person(ann).ids == (ann,)


def test_an_alias_is_handed_on_as_the_profile_that_it_is_of(sites: Sites) -> None:
    ann = sites.send("s1", aliases=("crm-1",)).profile_id or ""
    own = sites.send("s2").profile_id
    sites.send("s2", bare("crm-1"))
    [merge] = sites.store._merges.values()
    assert (merge.one, merge.two, merge.reason.key) == (own, ann, key_of_pass(ann))


def test_a_pass_of_oneself_changes_nothing_and_is_used_up(sites: Sites) -> None:
    ann = sites.send("s1").profile_id
    assert codes(sites.send("s1", signed(ann))) == []
    assert codes(sites.send("s1", signed(ann))) == ["pass-ignored"]
    assert sites.count_of_merges() == 0


def test_a_join_by_a_pass_stays_whatever_rules_judge_the_history_anew(sites: Sites) -> None:
    ann = sites.sign_in("s1", "1")
    own = sites.send("s2").profile_id or ""
    sites.send("s2", signed(ann))
    precedents = precedents_of(sites.store._merges.values(), sites.store._reviews.values())
    graph = Regraph(RULES, {"shop": a_source(id="shop")}, precedents)
    for request in asyncio.run(sites.store.requests(limit=100)):
        graph.add(request)
    assert graph.root(own) == graph.root(ann)


def two_held(sites: Sites) -> tuple[str, str]:
    """Two people who are known, and whom a pass would join that waits for somebody's word."""
    ann = sites.send("s1", events=mobile("+447700900102")).profile_id
    bob = sites.send("s2", events=mobile("+447700900103")).profile_id
    sites.send("s2", signed(ann))
    return ann or "", bob or ""


def mobile(number: str) -> tuple[tuple[int, SentEvent], ...]:
    return ((0, SentEvent(type="sign-in", properties={"phone": {"mobile": number}})),)
