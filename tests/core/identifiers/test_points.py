"""Identification points say which properties of an event tell whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.identifiers.points import PointIdentifier, point_faults
from sojourn.core.rule_conditions import compile_condition
from tests.builders import NOON, a_point

KINDS = {kind.id for kind in BUILT_IN_KINDS}


def an_identifier(**fields: str) -> PointIdentifier:
    return PointIdentifier(**{"property": "email", "kind": "email-main", **fields})


def test_a_sound_point_has_no_faults() -> None:
    properties = ("email", "email.main", "event@properties.email", "event@context.customer", '"e mail"')
    point = a_point(identifiers=tuple(an_identifier(property=each) for each in properties))
    assert list(point_faults(point, KINDS)) == []


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"event_type": "Newsletter Ordered"}, ("event_type",)),
        ({"identifiers": ()}, ("identifiers",)),
        ({"identifiers": (an_identifier(property="profile@traits.a"),)}, ("identifiers", 0, "property")),
        ({"identifiers": (an_identifier(property=""),)}, ("identifiers", 0, "property")),
        ({"identifiers": (an_identifier(property="a..b"),)}, ("identifiers", 0, "property")),
        ({"identifiers": (an_identifier(), an_identifier(kind="fax"))}, ("identifiers", 1, "kind")),
    ],
)
def test_each_fault_of_a_point_is_found_at_its_place(fields: dict[str, Any], loc: tuple[str | int, ...]) -> None:
    assert [fault.loc for fault in point_faults(a_point(**fields), KINDS)] == [loc]


def test_the_points_of_a_type_come_by_id_with_what_they_read() -> None:
    points = [a_point(id="b"), a_point(id="a"), a_point(id="c", event_type="other"), a_point(id="d", enabled=False)]
    found = Identifiers(kinds=BUILT_IN_KINDS, points=points).points_of("newsletter-ordered")
    assert [compiled.point.id for compiled in found] == ["a", "b"]
    [(value, kind)] = found[0].properties
    assert (str(value), kind.id) == ("event@properties.email", "email-main")


def test_a_point_without_a_kind_in_force_is_left_out() -> None:
    assert Identifiers(points=[a_point()]).points_of("newsletter-ordered") == ()


def test_a_condition_of_a_point_is_compiled() -> None:
    point = a_point(condition="event.properties.agreed = true")
    identifiers = Identifiers(kinds=BUILT_IN_KINDS, points=[point], compile_condition=compile_condition)
    [compiled] = identifiers.points_of("newsletter-ordered")
    assert compiled.condition is not None
    assert compiled.condition({"event": {"properties": {"agreed": True}}}, NOON)
    assert not compiled.condition({"event": {"properties": {}}}, NOON)
