"""A dry run tells, of events that really came, what a rule would do to them; and then it really does that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.changes import readable
from sojourn.core.limits import Limits
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation, operation_faults
from sojourn.engine.dry_run import dry_run
from sojourn.stores.memory import MemoryStore
from tests.builders import NOON
from tests.door import a_door

NAMES = st.sampled_from(["a", "b"])
VALUES = st.sampled_from(["assam", "sencha", 1, 2.5, True, None, ["assam"], {"a": 1}, {"b": None}])
VALUES_BY_NAME = st.dictionaries(NAMES, VALUES, min_size=1, max_size=2)
REFERENCES = ["event@properties.a", "event@properties.b", "event@context.a", "profile@traits.a", "session@traits.b"]
OF_PEOPLE = ["profile@traits.a", "profile@traits.b", "profile@data.pii.firstname", "session@traits.b"]
CONDITIONS = st.sampled_from(
    [None, None, None, "event.properties.a exists", 'profile.traits.a = "assam"', "event.context.a > 0"]
)


def operations(targets: list[str]) -> st.SearchStrategy[Operation]:
    """Operations without faults, which write on these targets."""
    drawn = st.builds(
        Operation,
        op=st.sampled_from(Op),
        target=st.sampled_from(targets),
        value=st.sampled_from(REFERENCES),
        constant=st.none() | VALUES,
    )
    return drawn.filter(lambda operation: not list(operation_faults(operation)))


@st.composite
def brewings(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Events that happened on different days, in any order of arrival."""
    days = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True))
    return [
        {
            "id": f"e{day}",
            "type": "tea-brewed",
            "time": {"insert": f"2026-05-0{day}"},
            "properties": draw(VALUES_BY_NAME),
            "context": draw(VALUES_BY_NAME),
        }
        for day in days
    ]


@given(
    earlier=st.lists(operations(OF_PEOPLE), max_size=2),
    tried=st.lists(operations([*OF_PEOPLE, "event@traits.a"]), min_size=1, max_size=3),
    condition=CONDITIONS,
    events=brewings(),
)
def test_a_dry_run_tells_what_really_happens_once_the_rule_is_enabled(
    earlier: list[Operation], tried: list[Operation], condition: str | None, events: list[Any]
) -> None:
    async def compare() -> None:
        async with a_door(MemoryStore()) as door:
            catalog = door.store.catalog
            await catalog.add_mapping(a_rule("earlier", earlier), NOON)
            for event in events:
                await door.track(events=[event])
            await catalog.remove_mapping("earlier", NOON)
            rule = a_rule("tried", tried, condition=condition)
            told = await dry_run(rule, door.store, Limits(), events_max=3)
            [trial] = [each.trial for each in told if each.event.id == events[0]["id"]]
            await catalog.add_mapping(rule, NOON)
            answer = await door.track(events=[{**events[0], "id": "once more"}])
            stored = await door.store.event("once more")
            assert stored is not None
            assert [note.detail for note in readable(stored.trace, stored.event) if note.step == "map_events"] == list(
                trial.changes
            )
            assert len(answer.codes("warnings")) == len(trial.skipped)

    asyncio.run(compare())


def a_rule(rule_id: str, operations: Sequence[Operation], **fields: Any) -> MappingRule:
    return MappingRule(id=rule_id, name="A rule", event_type="tea-brewed", operations=tuple(operations), **fields)
