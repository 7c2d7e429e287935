"""Scenario 77, and whatever clients send: the event is kept, the field skipped, the place told (tracker.md R-12)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.draft import Status
from sojourn.core.events import RULES_FILL, Event, SentEvent
from sojourn.core.fields import Kind, fitted, kind_of
from sojourn.core.outcomes import KEPT
from sojourn.core.profiles import RULES_WRITE, Profile
from sojourn.core.references import value_at
from tests.builtin.misfits import MISFITS, Misfit, with_value_at
from tests.builtin.sending import TYPES, Kept, an_event_of, its_example, kept, written

NAMED_OR_WEIGHED = ("interests", "preferences")
"""Families in which a value has a default, or is kept in the event as it is."""

OF_FIELDS = [each for each in MISFITS if TYPES[each.type_id].family not in NAMED_OR_WEIGHED]
OF_NAMES = [each for each in MISFITS if TYPES[each.type_id].family in NAMED_OR_WEIGHED]


def test_77_a_bad_value_costs_its_field_and_nothing_else() -> None:
    sent = kept(
        an_event_of("sign-up", {"firstname": [], "lastname": "Smith"}),
        an_event_of("consent-update", {"consents": {"marketing": True, "cookies": {}}}),
        an_event_of("checkout-started", {"id": "c1", "value": "abc"}),
        an_event_of("add-color-preference", {"color": {}}),
        its_example("page-view"),
    )
    assert [ended.outcome for ended in sent.decision.outcomes] == [KEPT] * 5
    assert sent.decision.status is Status.OK
    assert [(warning.loc, warning.msg) for warning in sent.skipped] == [
        (
            ("body", "events", 0, "properties", "firstname"),
            "event@data.pii.firstname: Expected text, got a list.",
        ),
        (
            ("body", "events", 1, "properties", "consents", "marketing"),
            "profile@consents.marketing: Expected consent, got true or false.",
        ),
        (
            ("body", "events", 2, "properties", "value"),
            "event@data.ec.checkout.value: Expected number, got text.",
        ),
        (
            ("body", "events", 3, "properties", "color"),
            "profile@data.preferences.colors: Expected list of texts, got an object.",
        ),
    ]
    assert written(sent.profile) == {
        "data": {"anonymous": True, "pii": {"lastname": "Smith"}, "metrics": {"ltcosc": 1, "ltcop": 0}},
        "consents": {"cookies": {"revoke": None}},
    }
    assert [event.metadata.warning for event in sent.events] == [True, True, True, True, False]


@pytest.mark.parametrize("type_id", TYPES)
def test_null_is_the_same_as_nothing(type_id: str) -> None:
    nulls = dict.fromkeys(TYPES[type_id].properties)
    with_nulls, without = kept(an_event_of(type_id, nulls)), kept(an_event_of(type_id))
    assert with_nulls.decision.warnings == ()
    assert filled(with_nulls) == filled(without)


@pytest.mark.parametrize("misfit", OF_FIELDS, ids=str)
def test_a_value_that_does_not_fit_is_the_same_as_nothing_and_is_told_once(misfit: Misfit) -> None:
    sent, without = kept(misfit.instead()), kept(misfit.left_out())
    assert filled(sent) == filled(without)
    assert [warning.loc[4:] for warning in sent.skipped] == [misfit.path]


@pytest.mark.parametrize("misfit", OF_NAMES, ids=str)
def test_a_value_that_names_or_weighs_nothing_changes_nothing_and_is_told_once(misfit: Misfit) -> None:
    sent = kept(misfit.instead())
    assert written(sent.profile) in ({}, {"data": {"anonymous": True}})
    assert [warning.loc[4:] for warning in sent.skipped] == [misfit.path]


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["", "0", "2026-06-01", "x" * 30_000, "4111 1111 1111 1111", 1.7e308, -(2**63)])
)
DEEP = st.integers(1, 25).map(lambda levels: msgspec.json.decode("[" * levels + "]" * levels))
JSON = st.recursive(
    LEAVES | DEEP,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def wild_events(draw: st.DrawFn) -> SentEvent:
    """An event of any built-in type in whose example some values were replaced by anything."""
    type_id = draw(st.sampled_from(sorted(TYPES)))
    properties: Any = deepcopy(TYPES[type_id].example)
    paths = [(name,) for name in TYPES[type_id].properties] + [each.path for each in MISFITS if each.type_id == type_id]
    for path in draw(st.lists(st.sampled_from(sorted(paths)), max_size=4)) if paths else []:
        properties = with_value_at(properties, path, draw(JSON))
    return an_event_of(type_id, properties)


@given(st.lists(wild_events(), min_size=1, max_size=4))
def test_whatever_stands_in_the_properties_every_event_is_kept(sent: list[SentEvent]) -> None:
    result = kept(*sent, its_example("sign-in"))
    assert [ended.outcome for ended in result.decision.outcomes] == [KEPT] * (len(sent) + 1)
    assert result.decision.errors == ()
    assert result.profile.primary_id == "customer-4711"


@given(st.lists(wild_events(), min_size=1, max_size=4))
def test_whatever_is_sent_what_is_kept_can_be_written_and_read_again(sent: list[SentEvent]) -> None:
    changes = kept(*sent).changes
    assert msgspec.json.decode(msgspec.json.encode(changes.profiles), type=tuple[Profile, ...]) == changes.profiles
    events = tuple(recorded.event for recorded in changes.events)
    assert msgspec.json.decode(msgspec.json.encode(events), type=tuple[Event, ...]) == events


@given(st.lists(wild_events(), min_size=1, max_size=4))
def test_whatever_is_sent_every_field_holds_what_it_is_for(sent: list[SentEvent]) -> None:
    result = kept(*sent)
    for event in result.events:
        for part in RULES_FILL:
            assert misplaced("event", (part,), getattr(event, part)) == []
    for part in RULES_WRITE:
        assert misplaced("profile", (part,), getattr(result.profile, part)) == []


@given(st.lists(wild_events(), min_size=1, max_size=4))
def test_every_warning_names_the_place_of_a_value_that_was_sent(sent: list[SentEvent]) -> None:
    for warning in kept(*sent).skipped:
        body, events, index, properties, *path = warning.loc
        assert (body, events, properties) == ("body", "events", "properties")
        assert isinstance(index, int)
        assert index == warning.event
        assert value_at(sent[index].properties, tuple(str(name) for name in path)) is not None


def filled(result: Kept) -> dict[str, object]:
    """All that the one event has filled."""
    [event] = result.events
    return {part: getattr(event, part) for part in RULES_FILL} | written(result.profile)


def misplaced(root: str, path: tuple[str, ...], value: Any) -> list[tuple[str, ...]]:
    """Places at or below a path that hold what they are not for."""
    kind = kind_of(root, path)
    if kind is not None:
        return [] if kind is Kind.ANY or fitted(value, kind) == value else [path]
    if not isinstance(value, dict):
        return [path]
    return [place for name, inner in value.items() for place in misplaced(root, (*path, name), inner)]
