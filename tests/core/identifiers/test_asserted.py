"""Which ids an event may assert is told from what was sent, and nothing that it does assert is overlooked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.builtin import built_in_types
from sojourn.core.asserted import told_by
from sojourn.core.changes import Changes
from sojourn.core.facts import Facts, Keys
from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.identifiers.points import PointIdentifier
from sojourn.core.mapping.change import Change
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from tests.builders import a_kind, a_mapping_rule, a_point, a_sent_event, a_submission

OWN = a_kind(fields=("traits.member", "data.identifier.badge"))
IDENTIFIERS = Identifiers(kinds=[*BUILT_IN_KINDS, OWN], points=[a_point()], secret=b"s", default_region="GB")
BUILT_IN = Ruleset(event_types=built_in_types(), identifiers=IDENTIFIERS)


def a_ruleset(*operations: Operation) -> Ruleset:
    return Ruleset(mappings=[a_mapping_rule(operations=operations)], identifiers=IDENTIFIERS)


def keys(**values: str) -> set[str]:
    """The keys of values of kinds, `_` in a kind for `-`."""
    found = [IDENTIFIERS.key(IDENTIFIERS.kinds[id.replace("_", "-")], value) for id, value in values.items()]
    return {identifier.key for identifier in found if identifier is not None}


def asserted_by(changes: Changes) -> set[str]:
    """The keys of what rules really wrote into fields that tell ids."""
    notes = [note.detail for recorded in changes.events for note in recorded.trace if isinstance(note.detail, Change)]
    told = [(IDENTIFIERS.kind_at(change.field), change.after) for change in notes]
    found = [IDENTIFIERS.key(kind, value) for kind, value in told if kind is not None]
    return {identifier.key for identifier in found if identifier is not None}


def decided(ruleset: Ruleset, type_id: str, properties: dict[str, Any]) -> Changes:
    sent = a_sent_event(type=type_id, properties=properties)
    return decide_all([a_submission(sent)], Facts(keys=Keys()), ruleset).changes


def test_a_sign_in_tells_all_its_ids() -> None:
    properties = {"pk": "c-4711", "login": "ann", "email": {"main": "ann@mail.example"}, "phone": {"main": "null"}}
    assert told_by("sign-in", properties, BUILT_IN) == keys(
        primary_key="c-4711", login="ann", email_main="ann@mail.example"
    )


def test_a_type_is_known_however_it_is_written() -> None:
    assert told_by(" Sign In ", {"pk": "7"}, BUILT_IN) == keys(primary_key="7")


@pytest.mark.parametrize("event_type", ["page-view", "never-heard-of", " ", "newsletter-ordered"])
def test_an_event_that_tells_no_id_tells_none(event_type: str) -> None:
    assert told_by(event_type, {"path": "/"}, BUILT_IN) == frozenset()
    assert told_by(event_type, None, BUILT_IN) == frozenset()


def test_most_types_can_assert_nothing() -> None:
    telling = {event_type.id for event_type in built_in_types() if BUILT_IN.assertions_of(event_type.id)}
    assert {"sign-in", "sign-up", "identification", "profile-update"} <= telling
    assert "page-view" not in telling


def test_a_point_tells_its_property_whatever_its_condition() -> None:
    points = [
        a_point(condition="event.properties.agreed = true"),
        a_point(id="card", identifiers=(PointIdentifier(property="event@context.card", kind="device"),)),
    ]
    ruleset = Ruleset(identifiers=Identifiers(kinds=BUILT_IN_KINDS, points=points, secret=b"s"))
    told = told_by("newsletter-ordered", {"email": "ann@mail.example"}, ruleset, {"card": "C-1"})
    assert told == keys(email_main="ann@mail.example", device="C-1")


@pytest.mark.parametrize(
    "operations",
    [
        (Operation(op=Op.SET, target="profile@traits.member", value="event@properties.no"),),
        (
            Operation(op=Op.SET, target="event@traits.no", value="event@properties.no"),
            Operation(op=Op.FIRST, target="profile@traits.member", value="event@traits.no"),
        ),
        (Operation(op=Op.SET, target="profile@traits", value="event@properties.all", each=True),),
        (Operation(op=Op.SET, target="profile@traits", value="event@properties.no", key="event@properties.name"),),
        (
            Operation(op=Op.SET, target="event@traits.all", value="event@properties.all"),
            Operation(op=Op.SET_IF_EMPTY, target="profile@traits.member", value="event@traits.all.member"),
        ),
        (Operation(op=Op.SET, target="profile@data.identifier.badge", constant="M-7"),),
        (
            Operation(op=Op.SET, target="event@traits.all", value="event@properties.none", constant={"member": "M-7"}),
            Operation(op=Op.SET, target="profile@traits.member", value="event@traits.all.member"),
        ),
    ],
    ids=["straight", "over the event", "each member", "by name", "in an object", "a constant", "within a constant"],
)
def test_a_value_is_followed_to_its_field(operations: tuple[Operation, ...]) -> None:
    properties = {"no": "M-7", "name": "member", "all": {"member": "M-7"}}
    ruleset = a_ruleset(*operations)
    assert told_by("page-view", properties, ruleset) == keys(member="M-7")
    assert asserted_by(decided(ruleset, "page-view", properties)) == keys(member="M-7")


def test_what_a_type_hides_is_not_told() -> None:
    card = a_kind(fields=("data.identifier.credit_card",))
    ruleset = Ruleset(event_types=built_in_types(), identifiers=Identifiers(kinds=[card], secret=b"s"))
    hidden = ruleset.identifiers.key(card, "************1111")
    assert hidden is not None
    assert told_by("identification", {"credit_card": "4111 1111 1111 1111"}, ruleset) == {hidden.key}


def test_a_field_that_leads_to_itself_ends() -> None:
    ruleset = a_ruleset(
        Operation(op=Op.SET, target="event@traits.a", value="event@traits.b"),
        Operation(op=Op.SET, target="event@traits.b", value="event@traits.a"),
        Operation(op=Op.SET, target="profile@traits.member", value="event@traits.a"),
    )
    assert told_by("page-view", {"a": "7"}, ruleset) == frozenset()


@pytest.mark.parametrize("event_type", built_in_types(), ids=lambda event_type: event_type.id)
def test_no_id_of_a_built_in_type_is_overlooked(event_type: Any) -> None:
    asserted = asserted_by(decided(BUILT_IN, event_type.id, event_type.example))
    assert asserted <= told_by(event_type.id, event_type.example, BUILT_IN)


PLACES = st.sampled_from(["a", "b", "c.a", "c"])
VALUES = st.sampled_from(["7", "ann@mail.example", 8, None, ["9"], {"a": "7", "member": "6"}])


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    """An operation that moves something from what was sent to the event or the person, or within the event."""
    root = draw(st.sampled_from(["event@traits", "profile@traits", "profile@data.contact.email"]))
    name = draw(st.sampled_from(["a", "b", "c", "member", "main"]))
    value = draw(st.sampled_from(["event@properties", "event@traits"])) + "." + draw(PLACES)
    op = draw(st.sampled_from([Op.SET, Op.SET_IF_EMPTY, Op.FIRST, Op.LAST]))
    way = draw(st.sampled_from(["plain", "plain", "each", "key"])) if root.endswith("traits") else "plain"
    if way == "each":
        return Operation(op=op, target=root, value=value, each=True)
    if way == "key":
        return Operation(op=op, target=root, value=value, key="event@properties.name")
    field = f"{root}.{name}" if root.endswith("traits") else f"{root}.main"
    return Operation(op=op, target=field, value=value, constant=draw(st.none() | st.just("5")))


@given(
    rule=st.lists(operations(), min_size=1, max_size=6).map(lambda some: a_mapping_rule(operations=tuple(some))),
    sent=st.fixed_dictionaries({"name": st.sampled_from(["member", "a"]), "a": VALUES, "b": VALUES, "c": VALUES}),
)
def test_no_id_that_rules_write_is_overlooked(rule: MappingRule, sent: dict[str, Any]) -> None:
    ruleset = Ruleset(mappings=[rule], identifiers=IDENTIFIERS)
    properties = {name: value for name, value in sent.items() if value is not None}
    assert asserted_by(decided(ruleset, rule.event_type, properties)) <= told_by(rule.event_type, properties, ruleset)
