"""Pasts of people in which everything happens that makes a profile, and each person of them when folded anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.builtin import built_in_types
from sojourn.core.client import Client, Languages
from sojourn.core.events import Options, SentEvent, SentTime, Submission
from sojourn.core.facts import keys_of
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.profiles import Profile
from sojourn.core.refold import Refold
from sojourn.core.rule_conditions import compile_condition
from sojourn.testing import Store
from tests.builders import a_mapping_rule
from tests.strategies import PLAIN_SOURCES, logs


def rule(id: str, *operations: Operation, condition: str | None = None, event_type: str = "order") -> MappingRule:
    return a_mapping_rule(id=id, event_type=event_type, condition=condition, operations=operations)


RULES = Ruleset(
    event_types=built_in_types(),
    mappings=[
        rule("spent", Operation(op=Op.ADD, target="profile@traits.spent", value="event@properties.n")),
        rule("seen", Operation(op=Op.APPEND, target="profile@traits.seen", value="event@properties.n")),
        rule("last", Operation(op=Op.SET, target="profile@traits.last", value="event@properties.n")),
        rule("unseen", Operation(op=Op.REMOVE, target="profile@traits.seen", value="event@properties.gone")),
        rule(
            "twice",
            Operation(op=Op.INCREMENT, target="event@aux.count"),
            Operation(op=Op.ADD, target="profile@traits.counted", value="event@aux.count"),
        ),
        rule(
            "rich",
            Operation(op=Op.INCREMENT, target="profile@traits.rich"),
            condition="profile@traits.spent > 3 and profile@metadata.time.visit.count < 3",
        ),
        rule("in-session", Operation(op=Op.INCREMENT, target="session@traits.orders")),
        rule(
            "long",
            Operation(op=Op.SET, target="profile@traits.orders_in_session", value="session@traits.orders"),
            condition="session@metadata.time.duration > 30 or session@traits.orders > 2",
        ),
        rule("visits", Operation(op=Op.INCREMENT, target="profile@traits.visits"), event_type="visit-started"),
    ],
    compile_condition=compile_condition,
)

SENT = st.builds(
    SentEvent,
    type=st.sampled_from(["order", "page-view", "profile-update", "interest", "visit-ended", "visit-started"]),
    properties=st.sampled_from(
        [{"n": 1}, {"n": 2.5, "gone": 1}, {"n": "wrong"}, {"firstname": "Ann", "interest": "tea"}, {"traits": {"a": 1}}]
    ),
    time=st.sampled_from(
        [
            None,
            SentTime(create="2026-06-01T11:00:00Z"),
            SentTime(insert="2020-01-01", create="2019-01-01"),
            SentTime(insert="2026-06-01T12:00:00Z", create="2026-05-01T11:00:00Z"),
        ]
    ),
    options=st.sampled_from([None, None, {"saveEvent": False}, {"saveEvent": True}]),
)
CLIENTS = st.sampled_from(
    [
        Client(),
        Client(languages=Languages(names=["English"], codes=["en"]), geo={"country": {"code": "NO"}, "city": "Oslo"}),
    ]
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Submission, ...]:
    """Logs that exercise all that makes a profile: visits, rules, surroundings, events that are not stored."""
    log = draw(logs(PLAIN_SOURCES, SENT))
    options = st.sampled_from([Options(), Options(), Options(save_events=False), Options(save_session=False)])
    return tuple(replace(each, client=draw(CLIENTS), options=draw(options)) for each in log)


async def keep_all(store: Store, batches: Iterable[Sequence[Submission]], rules: Ruleset = RULES) -> None:
    """Decide and keep these, batch by batch."""
    for batch in batches:
        facts = await store.load(keys_of(batch))
        await store.commit(decide_all(batch, facts, rules).changes, facts)


async def refolded(store: Store, profile_id: str, rules: Ruleset = RULES) -> Profile:
    """The person of an id, folded from what is recorded."""
    fold = Refold(rules)
    for request in await store.history([profile_id], limit=1_000):
        fold.add(request)
    person = fold.person(profile_id)
    assert person is not None
    return person


def batches_of(log: Sequence[Submission], cut: Sequence[bool]) -> list[list[Submission]]:
    """The log in pieces: a new one begins where it is cut."""
    pieces: list[list[Submission]] = [[]]
    for submission, is_cut in zip(log, cut, strict=True):
        if is_cut and pieces[-1]:
            pieces.append([])
        pieces[-1].append(submission)
    return pieces


def timeless(profile: Profile) -> Profile:
    """The profile without what tells how often and when it was written."""
    time = replace(profile.metadata.time, update=None)
    return replace(profile, version=0, metadata=replace(profile.metadata, time=time))
