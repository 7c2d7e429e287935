"""What is held back is written nowhere, and a request that asserts much of it is not looked at again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.builtin import built_in_types
from sojourn.core.asserted import identifiers_told
from sojourn.core.documents import Condition
from sojourn.core.events import SentEvent
from sojourn.core.facts import keys_of
from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.identifiers.points import IdentificationPoint, PointIdentifier
from sojourn.core.linking import LOOKS_MAX
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import Decision, decide_all
from sojourn.core.profiles import Profile
from sojourn.core.regraph import Regraph, precedents_of
from sojourn.core.rule_conditions import compile_condition
from sojourn.stores.memory import MemoryStore
from tests.builders import a_mapping_rule, a_source, a_submission, noon_plus

POINT = IdentificationPoint(
    id="door",
    name="Door",
    event_type="sign-in",
    identifiers=(PointIdentifier(property="pk", kind="primary-key"),),
)


class Shop:
    """A store, the rules of its server, and how often their conditions were asked."""

    def __init__(self, *mappings: MappingRule, points: Iterable[IdentificationPoint] = ()) -> None:
        self.store = MemoryStore()
        self.asked = 0
        self._requests = 0
        self.rules = Ruleset(
            event_types=built_in_types(),
            mappings=mappings,
            compile_condition=self._counted,
            identifiers=Identifiers(
                kinds=BUILT_IN_KINDS, points=points, secret=b"secret", compile_condition=compile_condition
            ),
        )

    def send(
        self,
        *events: SentEvent,
        session: str = "s",
        profile: str | None = None,
        context: dict[str, object] | None = None,
    ) -> Decision:
        self._requests += 1
        submission = a_submission(
            *events,
            id=f"request-{self._requests}",
            entropy=self._requests,
            received_at=noon_plus(self._requests),
            session_id=session,
            profile_id=profile,
            source=a_source(),
            context=context or {},
        )

        async def decided() -> Decision:
            keys = replace(keys_of([submission]), identifiers=identifiers_told([submission], self.rules))
            while True:
                facts = await self.store.load(keys)
                decided = decide_all([submission], facts, self.rules)
                if not decided.unasked:
                    await self.store.commit(decided.changes, facts)
                    return decided.decisions[0]
                keys = replace(keys, identifiers=keys.identifiers | decided.unasked)

        return asyncio.run(decided())

    def person(self, any_id: str | None) -> Profile:
        person = asyncio.run(self.store.profile(any_id or ""))
        assert person is not None
        return person

    def judged_anew(self) -> Regraph:
        graph = Regraph(self.rules, {"shop": a_source(id="shop")}, precedents_of((), ()))
        for request in asyncio.run(self.store.requests(limit=1_000)):
            graph.add(request)
        return graph

    def _counted(self, text: str) -> Condition:
        holds = compile_condition(text)

        def condition(*asked: object) -> bool:
            self.asked += 1
            return holds(*asked)  # type: ignore[arg-type]

        return condition


def signing_in(pk: str, email: str | None = None) -> SentEvent:
    return SentEvent(type="sign-in", properties={"pk": pk, **({"email": {"main": email}} if email else {})})


def visiting(target: str, value: str) -> MappingRule:
    return a_mapping_rule(
        event_type="visit-started", condition=None, operations=(Operation(op=Op.SET, target=target, value=value),)
    )


def test_what_an_event_of_the_system_tells_is_held_back_like_any_other() -> None:
    shop = Shop(visiting("profile@data.identifier.pk", "event@context.user"))
    person = shop.send(SentEvent(type="page-view"), session="s1", context={"user": "A"}).profile_id
    answer = shop.send(SentEvent(type="page-view"), session="s2", profile=person, context={"user": "B"})
    assert [warning.code for warning in answer.warnings] == ["identity-held"]
    assert shop.person(person).data["identifier"] == {"pk": "A"}


def test_a_field_that_tells_what_a_point_tells_too_is_not_written() -> None:
    shop = Shop(points=[POINT])
    person = shop.send(signing_in("A")).profile_id
    answer = shop.send(signing_in("B"))
    assert [warning.code for warning in answer.warnings] == ["identity-held"]
    assert shop.person(person).data["identifier"] == {"pk": "A"}


def test_each_event_that_asserts_what_is_held_back_is_told_so() -> None:
    shop = Shop()
    shop.send(signing_in("A"))
    answer = shop.send(signing_in("B"), signing_in("C"), signing_in("B"))
    assert [(warning.event, warning.code) for warning in answer.warnings] == [(n, "identity-held") for n in range(3)]
    assert len(shop.store._reviews) == 2


@given(st.lists(st.sampled_from("ABCDE"), max_size=30))
def test_a_request_is_looked_at_twice_however_many_identifiers_are_held_back(pks: list[str]) -> None:
    shop = Shop(a_mapping_rule(event_type="sign-in", condition="event@properties.pk exists"))
    shop.send(signing_in("A"))
    shop.asked = 0
    shop.send(*map(signing_in, pks), SentEvent(type="page-view"))
    assert shop.asked <= 2 * len(pks)


def test_a_request_in_which_each_look_shows_one_more_ends() -> None:
    filling = Operation(op=Op.SET, target="profile@data.identifier.id", value="event@properties.customer")
    till = IdentificationPoint(
        id="till",
        name="Till",
        event_type="receipt",
        identifiers=(PointIdentifier(property="card", kind="external-id"),),
    )
    rule = a_mapping_rule(event_type="order", condition="profile@data.identifier.id not exists", operations=(filling,))
    shop = Shop(rule, points=[till])
    person = shop.send(SentEvent(type="receipt", properties={"card": "A"})).profile_id
    shop.asked = 0
    shop.send(*(SentEvent(type="order", properties={"customer": f"B{number}"}) for number in range(40)))
    assert shop.asked <= 40 * (LOOKS_MAX + 2)
    assert "identifier" not in shop.person(person).data
    assert shop.judged_anew().reviews.keys() == shop.store._reviews.keys()


def test_who_judges_anew_looks_twice_too() -> None:
    shop = Shop(a_mapping_rule(event_type="sign-in", condition="event@properties.pk exists"), points=[POINT])
    shop.send(signing_in("A"))
    shop.send(*(signing_in(f"B{number}") for number in range(40)))
    shop.asked = 0
    assert shop.judged_anew().reviews.keys() == shop.store._reviews.keys()
    assert shop.asked <= 2 * 41
