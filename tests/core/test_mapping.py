"""Laws of mapping: what operations make of a field in any order of arrival, and what rules do to documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.documents import Condition
from sojourn.core.fields import Kind, Unfit
from sojourn.core.mapping.apply import Applied, compile_operations
from sojourn.core.mapping.change import Change, Copied, all_spelt_out
from sojourn.core.mapping.event_type import EventType, operations_of
from sojourn.core.mapping.operations import Entering, Held, How, Op, Origin, operate
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.mapping.sheets import Sheet
from tests.builders import NOON

NOTHING = Held(None, None)


class Write(NamedTuple):
    """One event that writes the field."""

    at: int
    event: str
    op: Op
    value: Any


def an_origin(at: int = 0, event: str = "e", rule: str = "rule", how: How = How.SET) -> Origin:
    """Who writes: an event so many seconds after noon."""
    return Origin(NOON + timedelta(seconds=at), event, rule, how)


def after(writes: Iterable[Write], kind: Kind, held: Held = NOTHING) -> Held:
    """The field after these writes, in this order."""
    for write in writes:
        entering = Entering(write.value, kind, an_origin(write.at, write.event))
        held = operate(write.op, held, entering) or held
    return held


@st.composite
def histories(draw: st.DrawFn, ops: tuple[Op, ...], values: st.SearchStrategy[Any]) -> list[Write]:
    """Writes of different events, some at the same moment, in any order of arrival."""
    events = draw(st.permutations(draw(st.sampled_from(["a", "ab", "abc", "abcde"]))))
    return [Write(draw(st.integers(0, 3)), event, draw(st.sampled_from(ops)), draw(values)) for event in events]


def by_time(history: Iterable[Write]) -> list[Write]:
    return sorted(history, key=lambda write: (write.at, write.event))


WORDS = st.sampled_from(["tea", "coffee", "milk"])
NUMBERS = st.integers(-5, 5)
MOMENTS = st.sampled_from(
    ["2026-06-01", "2026-06-01T00:00:00.5Z", "2026-06-01T00:00:01Z", "1999-12-31T23:59:59.999999Z"]
)
CONSENTS = st.sampled_from([{"revoke": None}, {"revoke": "2026-07-01"}, {"revoke": "2026-08-01"}])
AMOUNTS = st.integers(-100_000, 100_000).map(lambda cents: cents / 100)


@pytest.mark.parametrize(
    ("ops", "kind", "values"),
    [
        ((Op.SET, Op.DELETE), Kind.TEXT, WORDS),
        ((Op.SET, Op.LAST), Kind.TEXT, WORDS),
        ((Op.SET_IF_EMPTY,), Kind.TEXT, WORDS),
        ((Op.SET_IF_EMPTY, Op.SET, Op.DELETE), Kind.TEXT, WORDS),
        ((Op.ADD, Op.SUBTRACT, Op.INCREMENT), Kind.NUMBER, NUMBERS),
        ((Op.ADD, Op.SUBTRACT), Kind.NUMBER, AMOUNTS),
        ((Op.MIN,), Kind.NUMBER, NUMBERS),
        ((Op.MAX,), Kind.NUMBER, NUMBERS),
        ((Op.MIN,), Kind.MOMENT, MOMENTS),
        ((Op.MAX,), Kind.MOMENT, MOMENTS),
        ((Op.FIRST,), Kind.TEXT, WORDS),
        ((Op.SET, Op.DELETE), Kind.CONSENT, CONSENTS),
    ],
    ids=str,
)
@given(data=st.data())
def test_a_field_and_who_wrote_it_are_the_same_in_any_order_of_arrival(
    ops: tuple[Op, ...], kind: Kind, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    history = data.draw(histories(ops, values))
    assert after(history, kind) == after(by_time(history), kind)


@given(histories((Op.APPEND,), st.lists(WORDS, max_size=3)))
def test_a_list_holds_the_same_in_any_order_of_arrival_and_nothing_twice(history: list[Write]) -> None:
    held = after(history, Kind.TEXTS).value
    assert Counter(held if isinstance(held, list) else []) == Counter({word for each in history for word in each.value})


@given(histories((Op.SET, Op.DELETE), WORDS))
def test_the_newest_event_wins(history: list[Write]) -> None:
    newest = by_time(history)[-1]
    assert after(history, Kind.TEXT).value == (newest.value if newest.op is Op.SET else None)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("looser", "stricter"),
    [
        ({"revoke": None}, None),
        ({"revoke": "2026-07-01T00:00:00Z"}, None),
        ({"revoke": None}, {"revoke": "2026-07-01T00:00:00Z"}),
        ({"revoke": "2026-08-01T00:00:00Z"}, {"revoke": "2026-07-01T00:00:00Z"}),
    ],
)
def test_of_two_decisions_about_a_consent_at_one_moment_the_stricter_holds(
    looser: Any, stricter: Any, order: int
) -> None:
    decisions = [Write(0, "b", Op.SET, looser), Write(0, "a", Op.SET if stricter else Op.DELETE, stricter)]
    assert after(decisions[::order], Kind.CONSENT).value == stricter


@pytest.mark.parametrize(
    ("op", "kind", "value", "how"),
    [
        (Op.SET, Kind.TEXT, "tea", How.SET),
        (Op.LAST, Kind.TEXT, "tea", How.SET),
        (Op.DELETE, Kind.TEXT, None, How.SET),
        (Op.SET_IF_EMPTY, Kind.TEXT, "tea", How.TENTATIVE),
        (Op.ADD, Kind.NUMBER, 1, How.SUM),
        (Op.SUBTRACT, Kind.NUMBER, 1, How.SUM),
        (Op.INCREMENT, Kind.NUMBER, None, How.SUM),
        (Op.APPEND, Kind.TEXTS, "tea", How.UNION),
        (Op.MIN, Kind.NUMBER, 1, How.MIN),
        (Op.MAX, Kind.NUMBER, 1, How.MAX),
        (Op.FIRST, Kind.TEXT, "tea", How.FIRST),
    ],
)
def test_a_field_remembers_by_what_kind_of_operation_it_was_written(op: Op, kind: Kind, value: Any, how: How) -> None:
    assert after([Write(0, "a", op, value)], kind).origin == an_origin(event="a", how=how)


def test_who_wrote_a_field_is_kept_in_few_bytes() -> None:
    assert msgspec.json.encode(an_origin(event="a")) == b'["2026-06-01T12:00:00Z","a","rule",0]'


@pytest.mark.parametrize(("kept", "how"), [("false", How.SET), ("true", How.TENTATIVE)])
def test_who_wrote_a_field_is_read_as_earlier_releases_kept_it(kept: str, how: How) -> None:
    written = f'["2026-06-01T12:00:00Z","a","rule",{kept}]'
    assert msgspec.json.decode(written, type=Origin) == an_origin(event="a", how=how)


@given(histories((Op.SET_IF_EMPTY, Op.SET), WORDS))
def test_what_is_set_if_empty_never_overrides_and_of_several_the_oldest_stays(history: list[Write]) -> None:
    ordered = by_time(history)
    really_set = [write for write in ordered if write.op is Op.SET]
    assert after(history, Kind.TEXT).value == (really_set[-1] if really_set else ordered[0]).value


def test_a_value_of_which_nobody_knows_who_wrote_it_is_not_empty() -> None:
    held = Held("tea", None)
    assert after([Write(0, "a", Op.SET_IF_EMPTY, "milk")], Kind.TEXT, held) == held


@given(histories((Op.ADD, Op.SUBTRACT, Op.INCREMENT), AMOUNTS))
def test_a_sum_is_exact_to_the_cent(history: list[Write]) -> None:
    signs = {Op.ADD: 1, Op.SUBTRACT: -1}
    parts = [signs[write.op] * Decimal(str(write.value)) if write.op in signs else Decimal(1) for write in history]
    assert Decimal(str(after(history, Kind.NUMBER).value)) == sum(parts)


@given(histories((Op.FIRST,), WORDS))
def test_the_first_value_is_that_of_the_oldest_event(history: list[Write]) -> None:
    assert after(history, Kind.TEXT).value == by_time(history)[0].value


@given(histories((Op.MIN,), MOMENTS))
def test_the_earliest_moment_is_the_earliest_to_the_microsecond(history: list[Write]) -> None:
    ranks = {"1999-12-31T23:59:59.999999Z": 0, "2026-06-01": 1, "2026-06-01T00:00:00.5Z": 2, "2026-06-01T00:00:01Z": 3}
    earliest = min((write.value for write in history), key=ranks.__getitem__)
    assert after(history, Kind.MOMENT).value == after([Write(0, "a", Op.SET, earliest)], Kind.MOMENT).value


@pytest.mark.parametrize(
    ("op", "kind", "value"),
    [
        (Op.SET, Kind.TEXT, "tea"),
        (Op.SET_IF_EMPTY, Kind.TEXT, "tea"),
        (Op.FIRST, Kind.TEXT, "tea"),
        (Op.LAST, Kind.TEXT, "tea"),
        (Op.APPEND, Kind.TEXTS, "tea"),
        (Op.REMOVE, Kind.TEXTS, "tea"),
        (Op.ADD, Kind.NUMBER, 1),
        (Op.SUBTRACT, Kind.NUMBER, 1),
        (Op.INCREMENT, Kind.NUMBER, None),
        (Op.MIN, Kind.NUMBER, 1),
        (Op.MAX, Kind.NUMBER, 1),
        (Op.DELETE, Kind.TEXT, None),
    ],
)
def test_what_was_deleted_is_not_brought_back_by_an_older_event(op: Op, kind: Kind, value: Any) -> None:
    deleted = after([Write(5, "d", Op.DELETE, None)], kind)
    assert after([Write(4, "e", op, value)], kind, deleted) == deleted


@pytest.mark.parametrize(
    ("op", "kind", "value", "kept"),
    [
        (Op.SET, Kind.TEXT, "tea", "tea"),
        (Op.FIRST, Kind.TEXT, "tea", "tea"),
        (Op.APPEND, Kind.TEXTS, "tea", ["tea"]),
        (Op.SUBTRACT, Kind.NUMBER, 2, -2),
        (Op.INCREMENT, Kind.NUMBER, None, 1),
        (Op.MIN, Kind.NUMBER, 2, 2),
    ],
)
def test_what_was_deleted_is_filled_by_a_newer_event(op: Op, kind: Kind, value: Any, kept: Any) -> None:
    deleted = after([Write(5, "d", Op.DELETE, None)], kind)
    assert after([Write(6, "e", op, value)], kind, deleted).value == kept


def test_what_is_removed_is_gone_from_the_list() -> None:
    history = [Write(0, "a", Op.APPEND, ["tea", "milk"]), Write(1, "b", Op.REMOVE, "tea")]
    assert after(history, Kind.TEXTS).value == ["milk"]


@pytest.mark.parametrize(
    ("op", "kind", "value", "held"),
    [
        (Op.SET, Kind.TEXT, {}, None),
        (Op.ADD, Kind.NUMBER, "5", None),
        (Op.ADD, Kind.INTEGER, 1.5, 1),
        (Op.ADD, Kind.ANY, 1, "a text"),
        (Op.ADD, Kind.ANY, "a text", 1),
        (Op.ADD, Kind.NUMBER, 1e308, 1e308),
        (Op.ADD, Kind.NUMBER, 2**62, 2**62),
        (Op.SUBTRACT, Kind.NUMBER, 2**62, -(2**62)),
        (Op.APPEND, Kind.TEXTS, {}, ["tea"]),
        (Op.MIN, Kind.ANY, "a text", None),
        (Op.MAX, Kind.ANY, 1, ["tea"]),
        (Op.MAX, Kind.ANY, True, 1),
    ],
)
def test_a_value_that_an_operation_cannot_work_with_is_unfit(op: Op, kind: Kind, value: Any, held: Any) -> None:
    with pytest.raises(Unfit):
        operate(op, Held(held, None), Entering(value, kind, an_origin()))


DOCUMENTS: dict[str, dict[str, Any]] = {
    "event": {"properties": {"name": "Ann", "topic": "black tea", "sizes": [42], "free": {"a": 1, "b": None}}},
    "profile": {"traits": {"a": 0, "b": 2, "c": 3}, "data": {"loyalty": {"card": {"id": "k1"}}}},
}


def applied(*operations: Operation, documents: Mapping[str, dict[str, Any]] | None = None, **rule: Any) -> Applied:
    """What one rule does to the documents of one event, sent through the source `shop`."""
    told: Mapping[str, dict[str, Any]] = DOCUMENTS if documents is None else documents
    condition: Condition | None = rule.pop("holds", None)
    rules = Ruleset(
        mappings=[MappingRule(id="r1", name="A rule", event_type="seen", operations=operations, **rule)],
        compile_condition=lambda _: condition or (lambda documents, now: True),
    )
    done = Applied({root: Sheet(content, {}) for root, content in told.items()}, an_origin(), name_bytes_max=20)
    for compiled in rules.of_type("seen").rules:
        done.apply(compiled, "shop")
    return done


def an_operation(target: str, value: str | None = None, op: Op = Op.SET, **fields: Any) -> Operation:
    return Operation(op=op, target=target, value=value, **fields)


def the_skipped(done: Applied) -> tuple[str, str]:
    """Where the one value stands that was skipped, and why."""
    [skipped] = done.skipped
    return str(skipped.value), skipped.msg


def test_a_rule_tells_what_it_changed() -> None:
    done = applied(an_operation("profile@data.pii.firstname", "event@properties.name"))
    assert done.sheets["profile"].content["data"] == {
        "pii": {"firstname": "Ann"},
        "loyalty": {"card": {"id": "k1"}},
    }
    assert done.changes == [Change("r1", Op.SET, "profile@data.pii.firstname", None, "Ann")]
    assert done.sheets["profile"].origins == {"profile@data.pii.firstname": an_origin(rule="r1")}


def test_a_value_that_is_the_same_is_no_change_and_is_remembered_as_the_newest() -> None:
    done = applied(an_operation("profile@traits.c", constant=3))
    assert done.changes == []
    assert done.sheets["profile"].origins == {"profile@traits.c": an_origin(rule="r1")}


def test_an_event_without_the_value_leaves_the_field_alone() -> None:
    done = applied(an_operation("profile@traits.c", "event@properties.missing"))
    assert (done.changes, done.skipped) == ([], [])


def test_a_constant_stands_in_for_a_missing_value() -> None:
    done = applied(an_operation("profile@traits.c", "event@properties.missing", constant=7))
    assert done.changes == [Change("r1", Op.SET, "profile@traits.c", 3, 7)]


def test_a_key_names_the_field_as_a_whole() -> None:
    named = {"event": {"properties": {"topic": "v1.2 tea"}}, "profile": {}}
    operation = an_operation("profile@interests", constant=1, op=Op.ADD, key="event@properties.topic")
    assert applied(operation, documents=named).sheets["profile"].content == {"interests": {"v1.2 tea": 1}}


@pytest.mark.parametrize("topic", ["", "t" * 21, "a\nb", 7, ["tea"], {"tea": 1}])
def test_what_can_name_no_field_is_skipped(topic: Any) -> None:
    named = {"event": {"properties": {"topic": topic}}, "profile": {}}
    operation = an_operation("profile@interests", constant=1, op=Op.ADD, key="event@properties.topic")
    done = applied(operation, documents=named)
    assert done.sheets["profile"].content == {}
    assert the_skipped(done)[0] == "event@properties.topic"


def test_each_member_enters_its_own_field_and_null_empties_it() -> None:
    done = applied(an_operation("profile@traits", "event@properties.free", each=True))
    assert done.sheets["profile"].content["traits"] == {"a": 1, "c": 3}


def test_null_empties_nothing_where_members_are_added() -> None:
    done = applied(an_operation("profile@traits", "event@properties.free", op=Op.ADD, each=True))
    assert done.sheets["profile"].content["traits"] == {"a": 1, "b": 2, "c": 3}


def test_a_member_that_does_not_fit_is_told_by_its_own_place() -> None:
    sent = {"event": {"properties": {"consents": {"ads": True, "mail": {}}}}, "profile": {}}
    done = applied(an_operation("profile@consents", "event@properties.consents", each=True), documents=sent)
    assert done.sheets["profile"].content == {"consents": {"mail": {"revoke": None}}}
    assert the_skipped(done) == ("event@properties.consents.ads", "Expected consent, got true or false.")


def test_what_has_no_members_is_skipped_whole() -> None:
    done = applied(an_operation("profile@traits", "event@properties.name", each=True))
    assert the_skipped(done) == ("event@properties.name", "Expected an object, got text.")


def test_what_stands_in_the_way_of_several_values_is_told_once() -> None:
    done = applied(
        an_operation("profile@traits.a", "event@properties.name.first"),
        an_operation("profile@traits.b", "event@properties.name.last"),
    )
    assert done.changes == []
    assert the_skipped(done) == ("event@properties.name", "Expected an object, got text.")


def test_an_item_of_what_is_no_list_is_told() -> None:
    done = applied(an_operation("profile@traits.a", "event@properties.free.0"))
    assert the_skipped(done) == ("event@properties.free", "Expected a list, got an object.")


@pytest.mark.parametrize(("card", "changes"), [("k1", 1), (None, 1), ("k2", 0)])
def test_an_operation_with_a_match_acts_on_what_matches_or_is_empty(card: str | None, changes: int) -> None:
    held = {"data": {"loyalty": {"card": {"id": card, "name": "Gold"}}}}
    operation = an_operation(
        "profile@data.loyalty.card.name",
        op=Op.DELETE,
        matching={"profile@data.loyalty.card.id": "event@properties.card"},
    )
    done = applied(operation, documents={"event": {"properties": {"card": "k1"}}, "profile": held})
    assert len(done.changes) == changes


def test_an_operation_with_a_match_does_nothing_if_the_event_does_not_say_with_what() -> None:
    operation = an_operation(
        "profile@data.loyalty.card.id", op=Op.DELETE, matching={"profile@data.loyalty.card.id": "event@properties.card"}
    )
    assert applied(operation).changes == []


@pytest.mark.parametrize(("source", "changes"), [("shop", 1), (None, 1), ("web", 0)])
def test_a_rule_acts_for_events_of_its_source(source: str | None, changes: int) -> None:
    assert len(applied(an_operation("profile@traits.c", constant=7), source=source).changes) == changes


def test_a_rule_acts_where_its_condition_holds_of_the_documents_when_the_event_happened() -> None:
    operation = an_operation("profile@traits.c", constant=7)
    assert (
        len(
            applied(
                operation, condition="?", holds=lambda documents, now: (documents, now) == (DOCUMENTS, NOON)
            ).changes
        )
        == 1
    )
    assert applied(operation, condition="?", holds=lambda documents, _: documents != DOCUMENTS).changes == []


def test_a_document_that_is_not_there_is_not_written() -> None:
    done = applied(
        an_operation("profile@traits.c", constant=7),
        an_operation("event@traits.c", "profile@traits.c"),
        documents={"event": {"properties": {}}},
    )
    assert (done.changes, done.skipped) == ([], [])


@given(st.sampled_from(Op), st.sampled_from(["traits", "traits.a", "traits.new.deep"]))
def test_rules_leave_the_documents_that_they_are_given_as_they_are(op: Op, place: str) -> None:
    before = deepcopy(DOCUMENTS)
    operation = an_operation(f"profile@{place}", "event@properties.free", op=op, each=place == "traits")
    applied(operation)
    assert before == DOCUMENTS


def test_rules_of_a_type_act_behind_the_type_itself_by_order_then_by_id() -> None:
    operations = (an_operation("profile@traits.c", constant=1),)
    seen = EventType(id="seen", title="Seen", effects=operations)
    rules = [
        MappingRule(id=rule_id, name=rule_id, event_type="seen", operations=operations, order=order, enabled=enabled)
        for rule_id, order, enabled in [("b", 2, True), ("c", 1, True), ("a", 2, True), ("off", 0, False)]
    ]
    ruleset = Ruleset(event_types=[seen], mappings=rules)
    assert [rule.id for rule in ruleset.of_type("seen").rules] == ["type:seen", "c", "a", "b"]
    assert ruleset.of_type("seen").event_type is seen


def test_a_type_that_nobody_has_described_has_no_rules() -> None:
    assert Ruleset().of_type("seen").rules == ()
    assert Ruleset().masks_of("seen") == ()


def test_a_type_copies_first_then_sets_defaults_then_acts_then_hands_on() -> None:
    event_type = EventType(
        id="paid",
        title="Paid",
        copies={"data.ec.order.id": "order", "data.contact.email.main": "email"},
        defaults={"data.ec.order.status": "paid"},
        effects=(an_operation("event@data.contact.email.business", "event@properties.work"),),
        profile_takes={"data.contact": Op.SET_IF_EMPTY},
    )
    assert [(each.op, each.target) for each in operations_of(event_type)] == [
        (Op.SET, "event@data.ec.order.id"),
        (Op.SET, "event@data.contact.email.main"),
        (Op.SET_IF_EMPTY, "event@data.ec.order.status"),
        (Op.SET, "event@data.contact.email.business"),
        (Op.SET_IF_EMPTY, "profile@data.contact.email.main"),
        (Op.SET_IF_EMPTY, "profile@data.contact.email.business"),
    ]


PLAIN_COPIES = [
    an_operation("event@traits.name", "event@properties.name"),
    an_operation("event@traits.name", "event@properties.sku"),
    an_operation("event@data.ec.product.price", "event@properties.price"),
    an_operation("event@data.pii.birthday", "event@properties.name"),
    an_operation("event@data.preferences.colors", "event@properties.sku"),
    an_operation("event@traits.first", "event@properties.name.0"),
    an_operation("event@traits.last", "event@properties.name.last"),
    an_operation("event@traits.copy", "event@traits.name"),
]
OTHERS = [
    an_operation("event@traits.name", "event@traits.name", op=Op.DELETE),
    an_operation("event@traits.name", constant="nobody", op=Op.SET_IF_EMPTY),
    an_operation("profile@traits.name", "event@traits.name", op=Op.FIRST),
]
SOME_PROPERTIES = st.dictionaries(
    st.sampled_from(["name", "sku", "price"]),
    st.one_of(st.none(), st.text(max_size=3), st.integers(0, 3), st.lists(st.text(max_size=3), max_size=2)),
)


@given(
    st.lists(st.sampled_from(PLAIN_COPIES), min_size=1),
    st.lists(st.sampled_from(OTHERS)),
    SOME_PROPERTIES,
    st.dictionaries(st.sampled_from(["name", "last", "other"]), st.sampled_from(["before", ""]), max_size=1),
)
def test_copies_do_what_they_would_do_as_operations(
    copies: list[Operation], others: list[Operation], properties: dict[str, object], traits: dict[str, object]
) -> None:
    fast = compile_operations("r1", [*copies, *others])
    slow = fast._replace(copies=())
    done = []
    for rule in (fast, slow):
        sheets = {"event": Sheet({"properties": properties, "traits": traits}, {}), "profile": Sheet({}, {})}
        applied = Applied(sheets, an_origin(), name_bytes_max=20)
        applied.apply(rule, "shop")
        changes = all_spelt_out(applied.changes, properties)
        done.append((sheets["event"].content, sheets["profile"].content, changes, applied.skipped))
    assert done[0] == done[1]


def test_a_copy_into_a_field_that_is_withheld_is_left_out() -> None:
    rule = compile_operations("r1", PLAIN_COPIES[:1])
    sheets = {"event": Sheet({"properties": {"name": "Ann"}, "traits": {}}, {})}
    Applied(sheets, an_origin(), name_bytes_max=20, withheld=frozenset(["event@traits.name"])).apply(rule, "shop")
    assert sheets["event"].content["traits"] == {}


def test_of_what_was_copied_into_empty_fields_a_trace_keeps_the_places_and_tells_the_values() -> None:
    properties = {"name": 7, "address": {"town": "Łódź"}}
    rule = compile_operations(
        "r1",
        [
            an_operation("event@data.pii.firstname", "event@properties.name"),
            an_operation("event@data.contact.address.town", "event@properties.address.town"),
        ],
    )
    done = Applied({"event": Sheet({"properties": properties}, {})}, an_origin(), name_bytes_max=20)
    done.apply(rule, "shop")
    copied = Copied("r1", (("data.pii.firstname", "name"), ("data.contact.address.town", "address.town")))
    assert done.changes == [copied]
    assert all_spelt_out([copied], properties) == (
        Change("r1", Op.SET, "event@data.pii.firstname", None, "7"),
        Change("r1", Op.SET, "event@data.contact.address.town", None, "Łódź"),
    )


def test_what_is_copied_once_more_is_no_change() -> None:
    rule = compile_operations("r1", [an_operation("event@hit.name", "event@properties.name")])
    sheet = Sheet({"properties": {"name": "Tea"}, "hit": {"name": "Tea"}}, {})
    done = Applied({"event": sheet}, an_origin(), name_bytes_max=20)
    done.apply(rule, "shop")
    assert (done.changes, sheet.content["hit"]) == ([], {"name": "Tea"})
