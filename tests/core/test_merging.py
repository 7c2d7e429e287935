"""Laws of merging: two documents become the one that would have received the events of both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from sojourn.core.mapping.apply import Applied
from sojourn.core.mapping.operations import How, Op, Origin
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.mapping.sheets import Sheet
from sojourn.core.merge_rules import MergeRules, Strategy
from sojourn.core.merging import merged
from sojourn.core.merging.consents import HISTORY_MAX
from sojourn.core.profiles import Profile, new_profile, parts_of, with_parts, with_visit
from sojourn.testing.strategies import profiles
from tests.builders import NOON, a_profile, noon_plus


class Write(NamedTuple):
    """What one event does to one field."""

    at: int
    event: str
    field: str
    op: Op
    value: Any = None


VISIT = "a visit"
"""Stands for a field: the event begins a visit."""

WORDS = st.sampled_from(["tea", "coffee", "milk"])
AMOUNTS = st.integers(-1_000, 1_000).map(lambda cents: cents / 100)
MOMENTS = st.sampled_from(["2026-06-01", "2026-06-02", "2026-06-02T00:00:00.000001Z"])
CONSENTS = st.sampled_from([{"revoke": None}, {"revoke": "2026-07-01"}, {"revoke": "2026-08-01"}])
FLAT = {"x": 1, "y": 2}

WAYS: dict[str, tuple[tuple[Op, ...], st.SearchStrategy[Any]]] = {
    "data.pii.firstname": ((Op.SET, Op.LAST, Op.DELETE, Op.SET_IF_EMPTY), WORDS),
    "data.pii.attributes.height": ((Op.SET,), AMOUNTS),
    "data.preferences.brands": ((Op.APPEND,), st.lists(WORDS, max_size=2)),
    "data.loyalty.card.expires": ((Op.MAX,), MOMENTS),
    "interests.tea": ((Op.ADD, Op.SUBTRACT, Op.INCREMENT), AMOUNTS),
    "data.metrics.ltv": ((Op.ADD,), st.integers(0, 9)),
    "traits.lowest": ((Op.MIN,), st.integers(-3, 3)),
    "traits.source": ((Op.FIRST,), WORDS),
    "traits.whole": ((Op.SET, Op.DELETE), st.dictionaries(WORDS, st.integers(0, 3), min_size=1, max_size=2)),
    "consents.ads": ((Op.SET, Op.DELETE), CONSENTS),
    'consents."e.mail"': ((Op.SET, Op.DELETE), CONSENTS),
    VISIT: ((Op.SET,), st.none()),
}
"""By field: operations of one kind, and what they write."""


@st.composite
def histories(draw: st.DrawFn) -> list[Write]:
    """Writes of different events, some at the same moment, in any order of arrival."""
    events = draw(st.permutations("abcdefghij"[: draw(st.integers(0, 10))]))
    fields = draw(st.lists(st.sampled_from(list(WAYS)), min_size=1, max_size=3))
    return [draw(_writes(event, draw(st.sampled_from(fields)))) for event in events]


def _writes(event: str, field: str) -> st.SearchStrategy[Write]:
    ops, values = WAYS[field]
    return st.builds(
        Write, at=st.integers(0, 3), event=st.just(event), field=st.just(field), op=st.sampled_from(ops), value=values
    )


def after(writes: Iterable[Write], person: Profile | None = None) -> Profile:
    """A profile after these writes, in this order."""
    person = person or a_profile("ann")
    for write in writes:
        person = _after_one(write, person)
    return person


def _after_one(write: Write, person: Profile) -> Profile:
    at = noon_plus(write.at)
    if write.field is VISIT:
        return with_visit(person, at)
    constant = None if write.op in (Op.DELETE, Op.INCREMENT) else write.value
    operation = Operation(op=write.op, target=f"profile@{write.field}", constant=constant)
    rule = MappingRule(id="r", name="A rule", event_type="seen", operations=(operation,))
    sheet = Sheet(parts_of(person), person.metadata.fields)
    applied = Applied({"profile": sheet}, Origin(at, write.event, ""), name_bytes_max=100)
    for compiled in Ruleset(mappings=[rule]).of_type("seen").rules:
        applied.apply(compiled, "shop")
    assert applied.skipped == []
    return with_parts(person, sheet.content, sheet.origins)


def seen(person: Profile) -> Any:
    """The person, whatever the id, the order of lists, and which decisions were overruled in which document.

    Who wrote a list is left out as well: that is whose items were news when they arrived.
    """
    aux = {name: value for name, value in person.aux.items() if name != "consents"}
    person = replace(person, id="", ids=tuple(sorted(person.ids)), aux=aux)
    lists = {field: How.UNION for field, by in person.metadata.fields.items() if by.how == How.UNION}
    fields: dict[str, Any] = person.metadata.fields | lists
    return _unordered(asdict(replace(person, metadata=replace(person.metadata, fields=fields))))


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unordered(inner) for name, inner in value.items()}
    return sorted(map(_unordered, value), key=repr) if isinstance(value, list) else value


@given(histories(), st.data())
def test_two_documents_become_what_one_would_be_after_the_events_of_both(
    history: list[Write], data: st.DataObject
) -> None:
    of_ann = [write for write in history if data.draw(st.booleans())]
    of_bob = [write for write in history if write not in of_ann]
    ann, bob = after(of_ann, a_profile("ann")), after(of_bob, a_profile("bob"))
    one = after(data.draw(st.permutations(history)), a_profile("ann", ids=("ann", "bob")))
    assert seen(merged(ann, bob)) == seen(one)
    assert seen(merged(bob, ann)) == seen(one)


@given(histories(), st.data())
def test_three_documents_become_the_same_in_any_order_of_merging(history: list[Write], data: st.DataObject) -> None:
    parts: dict[str, list[Write]] = {"ann": [], "bob": [], "cid": []}
    for write in history:
        parts[data.draw(st.sampled_from(list(parts)))].append(write)
    ann, bob, cid = (after(writes, a_profile(id)) for id, writes in parts.items())
    one, other = merged(merged(ann, bob), cid), merged(ann, merged(cid, bob))
    assert seen(one) == seen(other)
    assert _unordered(one.aux) == _unordered(other.aux)


@given(profiles(), profiles())
def test_whatever_two_documents_hold_they_become_one(one: Profile, other: Profile) -> None:
    person = merged(one, other)
    assert {one.id, other.id, *one.ids, *other.ids} <= {person.id, *person.ids}
    assert msgspec.json.decode(msgspec.json.encode(person), type=Profile) == person


@given(profiles(), profiles(), profiles())
def test_who_was_there_first_is_the_same_in_any_order_of_merging(one: Profile, two: Profile, three: Profile) -> None:
    times = [merged(merged(one, two), three).metadata.time, merged(two, merged(three, one)).metadata.time]
    first = min(person.metadata.time.seen or person.metadata.time.create for person in (one, two, three))
    assert [time.seen or time.create for time in times] == [first, first]


@given(histories())
def test_somebody_of_whom_nothing_is_known_changes_nothing(history: list[Write]) -> None:
    ann = after(history)
    nobody = new_profile("bob", first_seen=NOON, created=NOON)
    assert merged(ann, nobody) == replace(ann, ids=("ann", "bob"))


class Example(NamedTuple):
    """What two documents hold, and what the person's holds."""

    survivor: list[Write] | dict[str, Any]
    other: list[Write] | dict[str, Any]
    together: dict[str, Any]


def wrote(field: str, op: Op, value: Any = None, at: int = 0, event: str = "e") -> list[Write]:
    return [Write(at, event, field, op, value)]


EXAMPLES = {
    "the newest text wins, not the last in a list": Example(
        wrote("data.pii.firstname", Op.SET, "Ann", at=9),
        wrote("data.pii.firstname", Op.SET, "Anne", at=1),
        {"data": {"pii": {"firstname": "Ann"}}},
    ),
    "heights are never added": Example(
        wrote("data.pii.attributes.height", Op.SET, 178, at=1),
        wrote("data.pii.attributes.height", Op.SET, 180, at=9),
        {"data": {"pii": {"attributes": {"height": 180}}}},
    ),
    "heights that nobody is known to have written are not added, either": Example(
        {"data": {"pii": {"attributes": {"height": 178}}}},
        {"data": {"pii": {"attributes": {"height": 180, "weight": 70}}}},
        {"data": {"pii": {"attributes": {"height": 178, "weight": 70}}}},
    ),
    "two lifetime values of 100 are 200": Example(
        wrote("data.metrics.ltv", Op.ADD, 100),
        wrote("data.metrics.ltv", Op.ADD, 100, event="f"),
        {"data": {"metrics": {"ltv": 200}}},
    ),
    "money is added to the cent": Example(
        wrote("data.metrics.ltv", Op.ADD, 0.1),
        wrote("data.metrics.ltv", Op.ADD, 0.2, event="f"),
        {"data": {"metrics": {"ltv": 0.3}}},
    ),
    "a list of one stays a list, and the other comes behind it": Example(
        wrote("data.identifier.coupons", Op.APPEND, "c1", at=9),
        wrote("data.identifier.coupons", Op.APPEND, "c2"),
        {"data": {"identifier": {"coupons": ["c1", "c2"]}}},
    ),
    "lists that nobody is known to have written are united": Example(
        {"aux": {"tags": ["b", "a"]}}, {"aux": {"tags": ["a", "c"]}}, {"aux": {"tags": ["b", "a", "c"]}}
    ),
    "a text of which nobody knows who wrote it is the survivor's": Example(
        {"traits": {"plan": "free"}}, {"traits": {"plan": "paid"}}, {"traits": {"plan": "free"}}
    ),
    "an empty text gives way": Example(
        {"traits": {"plan": ""}}, {"traits": {"plan": "paid"}}, {"traits": {"plan": "paid"}}
    ),
    "what somebody wrote is newer than what nobody is known to have written": Example(
        {"traits": {"plan": "free"}}, wrote("traits.plan", Op.SET, "paid"), {"traits": {"plan": "paid"}}
    ),
    "what was set if empty yields to what was set before": Example(
        wrote("data.pii.firstname", Op.SET_IF_EMPTY, "Guest", at=9),
        wrote("data.pii.firstname", Op.SET, "Ann"),
        {"data": {"pii": {"firstname": "Ann"}}},
    ),
    "what was set if empty yields to what nobody is known to have written": Example(
        wrote("traits.plan", Op.SET_IF_EMPTY, "free"), {"traits": {"plan": "paid"}}, {"traits": {"plan": "paid"}}
    ),
    "what was deleted since is gone": Example(
        wrote("traits.plan", Op.DELETE, at=9), wrote("traits.plan", Op.SET, "paid"), {"traits": {}}
    ),
    "what was counted since the deletion stays": Example(
        wrote("interests.tea", Op.DELETE), wrote("interests.tea", Op.ADD, 3, at=9), {"interests": {"tea": 3}}
    ),
    "what was set before is added to": Example(
        wrote("interests.tea", Op.SET, 10), wrote("interests.tea", Op.ADD, 3, at=9), {"interests": {"tea": 13}}
    ),
    "what was set since is not added to": Example(
        wrote("interests.tea", Op.SET, 10, at=9), wrote("interests.tea", Op.ADD, 3), {"interests": {"tea": 10}}
    ),
    "a place is kept whole": Example(
        wrote("data.devices.last.geo.city", Op.SET, "Bonn", at=1)
        + wrote("traits.geo", Op.SET, {"city": "Bonn", "postal": "53111"}, at=1),
        wrote("traits.geo", Op.SET, {"city": "Oslo"}, at=9),
        {"data": {"devices": {"last": {"geo": {"city": "Bonn"}}}}, "traits": {"geo": {"city": "Oslo"}}},
    ),
    "part of a whole is replaced by what was written since": Example(
        wrote("traits.box", Op.SET, FLAT, at=1),
        wrote("traits.box.x", Op.SET, 7, at=9),
        {"traits": {"box": {"x": 7, "y": 2}}},
    ),
    "part of a whole is gone when the whole was written since": Example(
        wrote("traits.box", Op.SET, FLAT, at=9),
        wrote("traits.box.z", Op.SET, 7, at=1),
        {"traits": {"box": FLAT}},
    ),
    "deep in a whole, what was written since stands beside what the whole said": Example(
        wrote("traits.box", Op.SET, {"in": {"a": 1}}, at=1),
        wrote("traits.box.in.b", Op.SET, 2, at=9),
        {"traits": {"box": {"in": {"a": 1, "b": 2}}}},
    ),
    "deep in a whole, what was written before is gone": Example(
        wrote("traits.box", Op.SET, {"in": {"a": 1}}, at=9),
        wrote("traits.box.in.b", Op.SET, 2, at=1),
        {"traits": {"box": {"in": {"a": 1}}}},
    ),
    "of two wholes the newer one stays, with what was written in it since": Example(
        wrote("traits.box", Op.SET, {"in": {"a": 1}}, at=2) + wrote("traits.box.in.c", Op.SET, 3, at=9),
        wrote("traits.box", Op.SET, {"in": {"b": 2}}, at=5),
        {"traits": {"box": {"in": {"b": 2, "c": 3}}}},
    ),
    "part of a whole is gone when the whole was deleted since": Example(
        wrote("traits.box", Op.DELETE, at=9), wrote("traits.box.z", Op.SET, 7, at=1), {"traits": {}}
    ),
    "an object of which both have emptied what the other has is gone": Example(
        wrote("traits.box.x", Op.SET, 1) + wrote("traits.box.y", Op.DELETE, at=9),
        wrote("traits.box.y", Op.SET, 2) + wrote("traits.box.x", Op.DELETE, at=9),
        {"traits": {}},
    ),
    "values that do not go together are not put together": Example(
        wrote("traits.points", Op.ADD, 5, at=9), wrote("traits.points", Op.SET, "many"), {"traits": {"points": 5}}
    ),
    "a sum beyond all range stays as it was last": Example(
        wrote("traits.points", Op.ADD, 2**62), wrote("traits.points", Op.ADD, 2**62 + 1, at=9),
        {"traits": {"points": 2**62 + 1}},
    ),
    "an object and a text do not go together": Example(
        wrote("traits.box", Op.SET, "full", at=9), wrote("traits.box.x", Op.SET, 7), {"traits": {"box": "full"}}
    ),
    "an empty object stays": Example({"traits": {"box": {}}}, {"traits": {"box": {}}}, {"traits": {"box": {}}}),
    "a revoked consent does not come back": Example(
        wrote("consents.ads", Op.DELETE, at=9), wrote("consents.ads", Op.SET, {"revoke": None}), {"consents": {}}
    ),
    "a consent that was given since holds": Example(
        wrote("consents.ads", Op.DELETE),
        wrote("consents.ads", Op.SET, {"revoke": None}, at=9),
        {"consents": {"ads": {"revoke": None}}},
    ),
    "at the same moment revoking wins": Example(
        wrote("consents.ads", Op.DELETE, event="a"),
        wrote("consents.ads", Op.SET, {"revoke": None}, event="z"),
        {"consents": {}},
    ),
    "at the same moment the consent that lapses sooner wins": Example(
        wrote("consents.ads", Op.SET, {"revoke": "2026-07-01"}, event="a"),
        wrote("consents.ads", Op.SET, {"revoke": None}, event="z"),
        {"consents": {"ads": {"revoke": "2026-07-01T00:00:00Z"}}},
    ),
    "where nobody knows when consents were given they are given": Example(
        {"consents": {"ads": {"revoke": None}}},
        {"consents": {"ads": {"revoke": None}}},
        {"consents": {"ads": {"revoke": None}}},
    ),
    "where nobody knows when consents were given the stricter one holds": Example(
        {"consents": {"ads": {"revoke": "2026-08-01"}}},
        {"consents": {"ads": {"revoke": "2026-07-01"}}},
        {"consents": {"ads": {"revoke": "2026-07-01"}}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_of_two_values(example: Example) -> None:
    survivor, other = (
        after(told, a_profile(id)) if isinstance(told, list) else a_profile(id, **told)
        for id, told in (("ann", example.survivor), ("bob", example.other))
    )
    person = merged(survivor, other)
    assert {part: getattr(person, part) for part in example.together} == example.together


def ruled(field: str, strategy: Strategy, survivor: list[Write], other: list[Write]) -> Any:
    """What stands in a field after a merge under one rule."""
    rules = MergeRules(fields={field: strategy})
    person = merged(after(survivor, a_profile("ann")), after(other, a_profile("bob")), rules)
    return person.traits.get("score", person.consents.get("ads"))


NEW, OLD = wrote("traits.score", Op.SET, 3, at=9), wrote("traits.score", Op.SET, 5)


@pytest.mark.parametrize(
    ("strategy", "survivor", "other", "expected"),
    [
        (Strategy.NEWEST, wrote("traits.score", Op.ADD, 3, at=9), wrote("traits.score", Op.ADD, 5), 3),
        (Strategy.SUM, NEW, OLD, 8),
        (Strategy.UNION, NEW, OLD, [3, 5]),
        (Strategy.MIN, OLD, NEW, 3),
        (Strategy.MAX, NEW, OLD, 5),
        (Strategy.FIRST, NEW, OLD, 5),
        (Strategy.SURVIVOR, OLD, NEW, 5),
        (Strategy.SURVIVOR, [], NEW, 3),
        (Strategy.SURVIVOR, wrote("traits.score", Op.DELETE), NEW, None),
        (Strategy.SUM, wrote("traits.score", Op.DELETE, at=9), OLD, None),
    ],
)
def test_what_people_decided_comes_before_how_a_field_was_written(
    strategy: Strategy, survivor: list[Write], other: list[Write], expected: Any
) -> None:
    assert ruled("traits.score", strategy, survivor, other) == expected


@pytest.mark.parametrize("revoked_at", [0, 9])
def test_under_the_most_restrictive_rule_a_revoked_consent_stays_revoked(revoked_at: int) -> None:
    revoked = wrote("consents.ads", Op.DELETE, at=revoked_at)
    given_ = wrote("consents.ads", Op.SET, {"revoke": None}, at=5)
    assert ruled("consents", Strategy.MOST_RESTRICTIVE, revoked, given_) is None


def test_of_several_rules_the_one_of_the_longest_path_decides() -> None:
    rules = MergeRules(fields={"traits": Strategy.SURVIVOR, "traits.score": Strategy.SUM, "no path": Strategy.MAX})
    ann, bob = (a_profile(id, traits={"score": 1, "plan": id}) for id in ("ann", "bob"))
    assert merged(ann, bob, rules).traits == {"score": 2, "plan": "ann"}


def test_the_field_still_tells_who_wrote_it() -> None:
    person = merged(after(wrote("interests.tea", Op.ADD, 1)), after(wrote("interests.tea", Op.ADD, 2, 9, "late")))
    assert person.metadata.fields == {"profile@interests.tea": Origin(noon_plus(9), "late", "r", How.SUM)}


def test_what_was_deleted_is_remembered_beside_what_was_not() -> None:
    ann = after(wrote("traits.plan", Op.DELETE, at=9) + wrote("traits.score", Op.SET, 1), a_profile("ann"))
    bob = after(wrote("traits.score", Op.SET, 2), a_profile("bob"))
    cid = after(wrote("traits.plan", Op.SET, "paid", at=5), a_profile("cid"))
    assert "plan" not in merged(merged(ann, bob), cid).traits


def test_part_of_a_whole_is_told_as_written_by_whoever_wrote_the_whole() -> None:
    ann = after(wrote("traits.box", Op.SET, FLAT, at=9), a_profile("ann"))
    bob = after(wrote("traits.box.z", Op.SET, 7), a_profile("bob"))
    assert merged(ann, bob).metadata.fields == ann.metadata.fields


def test_a_decision_about_a_consent_that_another_one_overruled_is_told_in_the_history() -> None:
    ann = after(wrote("consents.ads", Op.SET, {"revoke": None}, event="given"), a_profile("ann"))
    bob = after(wrote("consents.ads", Op.DELETE, at=9, event="revoked"), a_profile("bob"))
    assert merged(ann, bob).aux == {
        "consents": {
            "history": {
                "ads": [{"granted": True, "revoke": None, "at": "2026-06-01T12:00:00Z", "event": "given", "rule": "r"}]
            }
        }
    }


def test_the_history_tells_that_a_consent_was_revoked_before_it_was_given() -> None:
    ann = after(wrote("consents.ads", Op.DELETE, event="revoked"), a_profile("ann"))
    bob = after(wrote("consents.ads", Op.SET, {"revoke": None}, at=9), a_profile("bob"))
    [entry] = merged(ann, bob).aux["consents"]["history"]["ads"]  # type: ignore[index]
    assert entry == {"granted": False, "at": "2026-06-01T12:00:00Z", "event": "revoked", "rule": "r"}


def test_the_history_of_a_consent_keeps_the_newest_decisions() -> None:
    person = a_profile("p")
    for second in range(HISTORY_MAX + 2):
        given_ = wrote("consents.ads", Op.SET, {"revoke": None}, at=second, event=f"e{second:02}")
        person = merged(person, after(given_, a_profile(f"p{second}")))
    history = person.aux["consents"]["history"]["ads"]  # type: ignore[index]
    assert [entry["event"] for entry in history] == [f"e{second:02}" for second in range(1, HISTORY_MAX + 1)]


@pytest.mark.parametrize("taken", [{"consents": "granted"}, {"consents": {"history": "long"}}])
def test_what_rules_put_in_the_place_of_the_history_stays(taken: dict[str, object]) -> None:
    ann = after(wrote("consents.ads", Op.SET, {"revoke": None}), a_profile("ann", aux=taken))
    bob = after(wrote("consents.ads", Op.DELETE, at=9), a_profile("bob"))
    assert merged(ann, bob).aux == taken


def test_all_ids_lead_to_the_survivor() -> None:
    ann, bob = a_profile("ann", ids=("ann", "old")), a_profile("bob", ids=("bob", "old", "crm"))
    assert (merged(ann, bob).id, merged(ann, bob).ids) == ("ann", ("ann", "old", "bob", "crm"))


@pytest.mark.parametrize(("ann", "bob", "expected"), [("a1", "b1", "a1"), (None, "b1", "b1"), ("", "b1", "b1")])
def test_the_primary_id_is_the_survivors_unless_there_is_none(ann: str | None, bob: str, expected: str) -> None:
    assert merged(a_profile("ann", primary_id=ann), a_profile("bob", primary_id=bob)).primary_id == expected


def test_segments_and_hashes_of_ids_are_united() -> None:
    ann = a_profile("ann", segments=("vip", "new"), identifiers={"email": ("h1", "h2")})
    bob = a_profile("bob", segments=("new", "old"), identifiers={"email": ("h2", "h3"), "phone": ("h4",)})
    person = merged(ann, bob)
    assert person.segments == ("vip", "new", "old")
    assert person.identifiers == {"email": ("h1", "h2", "h3"), "phone": ("h4",)}


@pytest.mark.parametrize(("ann", "bob", "expected"), [(True, False, True), (False, True, True), (False, False, False)])
def test_a_person_is_active_if_either_is(ann: bool, bob: bool, expected: bool) -> None:  # noqa: FBT001 - a table.
    assert merged(a_profile("ann", active=ann), a_profile("bob", active=bob)).active is expected


def timed(id: str, **times: Any) -> Profile:
    """A profile with other moments than all others have."""
    profile = a_profile(id)
    visit = replace(profile.metadata.time.visit, tz=times.pop("tz", None))
    time = replace(profile.metadata.time, visit=visit, **times)
    return replace(profile, metadata=replace(profile.metadata, time=time))


def test_a_person_is_known_since_the_older_profile() -> None:
    ann = timed("ann", insert=noon_plus(5), create=noon_plus(6), update=noon_plus(7), segmentation=noon_plus(9))
    bob = timed("bob", insert=noon_plus(1), create=noon_plus(2), update=noon_plus(8))
    time = merged(ann, bob).metadata.time
    known = (time.insert, time.create, time.update, time.segmentation)
    assert known == (noon_plus(1), noon_plus(2), noon_plus(8), noon_plus(9))


@pytest.mark.parametrize(
    ("ann", "bob", "expected"),
    [("Europe/Paris", "Asia/Tokyo", "Asia/Tokyo"), ("Europe/Paris", None, "Europe/Paris"), (None, None, None)],
)
def test_the_time_zone_is_that_of_the_document_that_changed_last(
    ann: str | None, bob: str | None, expected: str | None
) -> None:
    one, other = timed("ann", update=noon_plus(1), tz=ann), timed("bob", update=noon_plus(2), tz=bob)
    assert merged(one, other).metadata.time.visit.tz == expected


@given(st.permutations(range(4)), st.integers(0, 4))
def test_visits_of_both_are_counted_and_the_two_that_began_last_are_told(order: list[int], of_ann: int) -> None:
    ann, bob = a_profile("ann"), a_profile("bob")
    for second in order[:of_ann]:
        ann = with_visit(ann, noon_plus(second))
    for second in order[of_ann:]:
        bob = with_visit(bob, noon_plus(second))
    visit = merged(ann, bob).metadata.time.visit
    assert (visit.count, visit.current, visit.last) == (4, noon_plus(3), noon_plus(2))
