"""Within a batch the world moves as the store will have moved it, once the batch is committed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from sojourn.core.changes import RecordedEvent
from sojourn.core.facts import TAKEN, EventKey, Facts, Keys, KnownEvent
from sojourn.core.graph import Edge
from sojourn.core.ids import ordered_id
from sojourn.core.outcomes import Outcome
from sojourn.core.working_set import WorkingSet
from sojourn.stores.memory import MemoryStore
from sojourn.testing.strategies import outcomes
from tests.builders import NOON, a_profile, a_session, an_edge, an_event, noon_plus, some_changes

PEOPLE = ("p0", "p1", "p2", "p3", "p4")
LINKED = ("p1", "p2", "p3", "p4", "a5", "a6")
SOURCES = st.sampled_from(["shop", "app", ""])
COUNTED = st.lists(st.tuples(SOURCES, outcomes(), st.booleans()))


@st.composite
def links(draw: st.DrawFn) -> list[Edge]:
    """Links from later ids to earlier ones, as younger people become older ones; each id is linked once."""
    chosen = draw(st.permutations(LINKED))[: draw(st.integers(0, len(LINKED)))]
    return [an_edge(id, draw(st.sampled_from([older for older in PEOPLE if older[1] < id[1]]))) for id in chosen]


@given(edges=links(), data=st.data())
async def test_an_id_leads_where_the_store_will_say_that_it_leads(edges: list[Edge], data: DataObject) -> None:
    store = MemoryStore()
    earlier = data.draw(st.integers(0, len(edges)))
    asked = Keys(profiles=frozenset((*PEOPLE, *LINKED)))
    await store.commit(some_changes(*map(a_profile, PEOPLE), *edges[:earlier]), await store.load(asked))
    facts = await store.load(asked)
    world = WorkingSet(facts)
    for edge in edges[earlier:]:
        world.put_edge(edge)
    await store.commit(world.changes(NOON), facts)
    assert {id: world.profile(id) for id in asked.profiles} == {id: await store.profile(id) for id in asked.profiles}


async def test_an_id_that_the_batch_gave_to_an_event_is_taken_as_the_store_will_say() -> None:
    store = MemoryStore()
    key = EventKey("shop", ordered_id(1, NOON, 0))
    facts = await store.load(Keys(events=frozenset({key})))
    world = WorkingSet(facts)
    world.put_event(RecordedEvent(an_event(key.id)))
    await store.commit(world.changes(NOON), facts)
    assert world.known_event(key) == (await store.load(facts.keys)).events[key] == TAKEN


@given(loaded=st.dictionaries(st.sampled_from(PEOPLE), st.integers(1, 9)), puts=st.lists(st.sampled_from(PEOPLE)))
def test_each_changed_profile_is_committed_once_one_version_on(loaded: dict[str, int], puts: Sequence[str]) -> None:
    world = WorkingSet(Facts(keys=Keys(), profiles={id: a_profile(id, version=n) for id, n in loaded.items()}))
    for number, id in enumerate(puts):
        world.put_profile(a_profile(id, version=99, traits={"put": number}))
    committed = {profile.id: (profile.version, profile.traits["put"]) for profile in world.changes(NOON).profiles}
    assert committed == {id: (loaded.get(id, 0) + 1, last_index(puts, id)) for id in puts}
    assert len(world.changes(NOON).profiles) == len(set(puts))


@given(loaded=st.dictionaries(st.sampled_from(PEOPLE), st.integers(1, 9)), puts=st.lists(st.sampled_from(PEOPLE)))
def test_each_changed_session_is_committed_once_one_version_on(loaded: dict[str, int], puts: Sequence[str]) -> None:
    world = WorkingSet(Facts(keys=Keys(), sessions={id: a_session(id, version=n) for id, n in loaded.items()}))
    for number, id in enumerate(puts):
        world.put_session(a_session(id, version=99, properties={"put": number}))
    committed = {session.id: (session.version, session.properties["put"]) for session in world.changes(NOON).sessions}
    assert committed == {id: (loaded.get(id, 0) + 1, last_index(puts, id)) for id in puts}
    assert len(world.changes(NOON).sessions) == len(set(puts))


@given(counted=COUNTED)
def test_every_event_is_counted_under_its_source_and_outcome(counted: list[tuple[str, Outcome, bool]]) -> None:
    world = WorkingSet(Facts(keys=Keys()))
    for source, outcome, unsaved in counted:
        world.count(source, outcome, unsaved=unsaved)
    tallies = world.changes(NOON).tallies
    assert {(tally.source, tally.outcome): tally.count for tally in tallies} == Counter(
        (source, outcome) for source, outcome, _ in counted
    )
    assert len(tallies) == len({(source, outcome) for source, outcome, _ in counted})


@given(counted=COUNTED)
def test_events_that_are_not_stored_are_counted_among_the_others(counted: list[tuple[str, Outcome, bool]]) -> None:
    world = WorkingSet(Facts(keys=Keys()))
    for source, outcome, unsaved in counted:
        world.count(source, outcome, unsaved=unsaved)
    assert sum(tally.unsaved for tally in world.changes(NOON).tallies) == sum(unsaved for _, _, unsaved in counted)


def test_what_was_put_is_what_is_known() -> None:
    world = WorkingSet(Facts(keys=Keys(), profiles={"ann": a_profile("ann")}, sessions={"visit": a_session("visit")}))
    world.put_profile(a_profile("ann", traits={"plan": "gold"}))
    world.put_session(a_session("visit", profile="bob"))
    assert world.profile("ann") == a_profile("ann", traits={"plan": "gold"})
    assert world.session("visit") == a_session("visit", profile="bob")


def test_what_was_not_put_is_as_it_was_loaded() -> None:
    key = EventKey("shop", "view")
    known = KnownEvent(b"digest", "ann", "visit")
    world = WorkingSet(
        Facts(
            keys=Keys(),
            profiles={"ann": a_profile("ann")},
            sessions={"visit": a_session("visit")},
            events={key: known},
            aliases={"crm-1": "ann"},
        )
    )
    assert (world.profile("ann"), world.profile("crm-1")) == (a_profile("ann"), a_profile("ann"))
    assert (world.session("visit"), world.known_event(key)) == (a_session("visit"), known)


def test_an_event_that_was_put_is_recognised_at_once() -> None:
    key = EventKey("shop", "view")
    world = WorkingSet(Facts(keys=Keys()))
    world.put_event_key(key, KnownEvent(b"digest", "ann", None))
    assert world.known_event(key) == KnownEvent(b"digest", "ann", None)
    assert world.changes(NOON).event_keys == ((key, KnownEvent(b"digest", "ann", None)),)


def test_nothing_is_committed_of_what_was_only_looked_at() -> None:
    world = WorkingSet(Facts(keys=Keys(), profiles={"ann": a_profile("ann")}, sessions={"visit": a_session("visit")}))
    world.profile("ann")
    world.session("visit")
    assert world.changes(NOON) == some_changes()


def test_a_changed_document_tells_when_it_was_changed() -> None:
    world = WorkingSet(Facts(keys=Keys(), profiles={"ann": a_profile("ann")}))
    world.put_profile(a_profile("ann"))
    (profile,) = world.changes(noon_plus(60)).profiles
    assert profile.metadata.time.update == noon_plus(60)


def last_index(items: Sequence[str], item: str) -> int:
    return len(items) - 1 - list(reversed(items)).index(item)
