"""What is in force follows the catalog at once, is compiled only when that changes, and survives what is faulty."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from sojourn.core.identifiers.kinds import BUILT_IN_KINDS, IdKind
from sojourn.core.limits import Limits
from sojourn.core.mapping.apply import CompiledRule
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation
from sojourn.engine.rules import Recognition, Rules, kinds_of
from sojourn.stores.memory import MemoryCatalog
from tests.builders import NOON, a_kind, a_mapping_rule, a_point, an_event_type

BUILT_IN = EventType(id="page-view", title="Page view", tags=("built-in",), built_in=True)


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog()


@pytest.fixture
def rules(catalog: MemoryCatalog) -> Rules:
    return Rules(catalog, limits=Limits(tags_max=7), built_in=[BUILT_IN])


def of_page_views(rules: Rules) -> list[str]:
    return [rule.id for rule in rules.in_force().of_type("page-view").rules]


def test_limits_and_built_in_types_are_in_force_from_the_start(rules: Rules) -> None:
    assert (rules.in_force().limits.tags_max, rules.in_force().event_types) == (7, {"page-view": BUILT_IN})


async def test_what_has_not_changed_is_not_compiled_again(catalog: MemoryCatalog, rules: Rules) -> None:
    await catalog.add_mapping(a_mapping_rule(), NOON)
    assert rules.in_force() is rules.in_force()


async def test_rules_are_in_force_as_soon_as_they_are_kept_and_no_longer(catalog: MemoryCatalog, rules: Rules) -> None:
    await catalog.add_mapping(a_mapping_rule(), NOON)
    assert of_page_views(rules) == ["path"]
    await catalog.remove_mapping("path", NOON)
    assert of_page_views(rules) == []


async def test_a_disabled_rule_is_not_in_force(catalog: MemoryCatalog, rules: Rules) -> None:
    await catalog.add_mapping(a_mapping_rule(enabled=False), NOON)
    assert of_page_views(rules) == []


async def test_an_own_type_takes_the_place_of_a_built_in_one(catalog: MemoryCatalog, rules: Rules) -> None:
    own = an_event_type(id="page-view", tags=("own",))
    await catalog.add_event_type(own)
    assert rules.in_force().event_types == {"page-view": own}
    await catalog.remove_event_type("page-view")
    assert rules.in_force().event_types == {"page-view": BUILT_IN}


@pytest.mark.parametrize(
    "fault",
    [
        {"operations": (Operation(op=Op.SET, target="profile@nowhere", constant=1),)},
        {"condition": "event.type ="},
        {"event_type": "Page View"},
    ],
)
async def test_a_faulty_rule_is_left_out_with_a_word_in_the_log(
    catalog: MemoryCatalog, rules: Rules, fault: dict[str, object]
) -> None:
    await catalog.add_mapping(a_mapping_rule(id="good"), NOON)
    await catalog.add_mapping(a_mapping_rule(id="bad", **fault), NOON)
    with capture_logs() as logged:
        assert of_page_views(rules) == ["good"]
    assert [(line["event"], line["id"]) for line in logged] == [("mapping rule left out", "bad")]


async def test_a_faulty_type_is_left_out_and_the_built_in_one_stays(catalog: MemoryCatalog, rules: Rules) -> None:
    await catalog.add_event_type(an_event_type(id="page-view", copies={"data.nowhere": "a"}))
    with capture_logs() as logged:
        assert rules.in_force().event_types == {"page-view": BUILT_IN}
    assert [line["event"] for line in logged] == ["event type left out"]


async def test_a_rule_with_a_condition_is_in_force_with_it(catalog: MemoryCatalog, rules: Rules) -> None:
    await catalog.add_mapping(a_mapping_rule(condition='event.properties.path = "/tea"'), NOON)
    [rule] = rules.in_force().of_type("page-view").rules
    assert [holds(rule, path) for path in ("/tea", "/coffee")] == [True, False]


def holds(rule: CompiledRule, path: str) -> bool:
    assert rule.condition is not None
    return rule.condition({"event": {"properties": {"path": path}}}, NOON)


RECOGNITION = Recognition(b"s", default_region="GB")


def kinds_in_force(catalog: MemoryCatalog) -> dict[str, IdKind]:
    return Rules(catalog, limits=Limits(), recognition=RECOGNITION).in_force().identifiers.kinds


def test_the_kinds_that_come_along_are_in_force_from_the_start(catalog: MemoryCatalog) -> None:
    assert set(kinds_in_force(catalog)) == {kind.id for kind in BUILT_IN_KINDS}


def test_without_a_secret_no_id_is_known(rules: Rules) -> None:
    assert rules.in_force().identifiers.kinds == {}


def test_the_default_region_reads_phone_numbers(catalog: MemoryCatalog) -> None:
    identifiers = Rules(catalog, limits=Limits(), recognition=RECOGNITION).in_force().identifiers
    identifier = identifiers.key(identifiers.kinds["phone-main"], "020 7946 0101")
    assert identifier is not None
    assert identifier.masked == "+44*******101"


async def test_a_changed_kind_takes_the_place_of_the_one_that_came_along(catalog: MemoryCatalog) -> None:
    await catalog.put_id_kind(replace(kinds_of(catalog)["login"], unique=True), NOON)
    assert kinds_in_force(catalog)["login"].unique
    await catalog.remove_id_kind("login", NOON)
    assert not kinds_in_force(catalog)["login"].unique


async def test_a_kind_can_be_switched_off(catalog: MemoryCatalog) -> None:
    await catalog.put_id_kind(replace(kinds_of(catalog)["login"], enabled=False), NOON)
    assert "login" not in kinds_in_force(catalog)


async def test_a_kind_that_has_become_faulty_is_left_out_and_told(catalog: MemoryCatalog) -> None:
    await catalog.put_id_kind(a_kind(fields=("data.identifier.pk",)), NOON)
    with capture_logs() as logs:
        assert set(kinds_in_force(catalog)) == {kind.id for kind in BUILT_IN_KINDS}
    assert [(line["event"], line["id"]) for line in logs] == [("kind of id left out", "member")]


async def test_points_are_in_force_with_their_conditions(catalog: MemoryCatalog) -> None:
    await catalog.put_identification_point(a_point(condition="event.properties.agreed = true"), NOON)
    [point] = (
        Rules(catalog, limits=Limits(), recognition=RECOGNITION).in_force().identifiers.points_of("newsletter-ordered")
    )
    assert point.condition is not None


async def test_a_point_that_has_become_faulty_is_left_out_and_told(catalog: MemoryCatalog) -> None:
    await catalog.put_identification_point(a_point(condition="no such words"), NOON)
    with capture_logs() as logs:
        ruleset = Rules(catalog, limits=Limits(), recognition=RECOGNITION).in_force()
    assert ruleset.identifiers.points_of("newsletter-ordered") == ()
    assert [line["event"] for line in logs] == ["identification point left out"]


def test_who_shows_the_recognition_shows_no_secret() -> None:
    assert "hidden" not in repr(Recognition(b"hidden"))
