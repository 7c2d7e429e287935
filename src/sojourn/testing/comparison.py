"""The same random work on a store and on the model: every answer of the store must be the model's.

Submissions are decided by the real pipeline and committed on fresh facts, or on facts that may have become stale;
people are merged, parted and erased, sources configured, and the store is closed, crashed and opened in between.

    TestMyStore = comparison_of(MyStoreUnderTest).TestCase
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, NamedTuple, TypeVar, get_args

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from hypothesis.strategies import DataObject
from msgspec.structs import replace

from sojourn.core import profiles
from sojourn.core.changes import Changes
from sojourn.core.events import Submission
from sojourn.core.facts import EventKey, Facts, Keys, keys_of
from sojourn.core.graph import Edge, Merge, ReviewState
from sojourn.core.outcomes import REFUSED_RATE
from sojourn.core.pipeline import decide_all
from sojourn.core.profiles import Profile
from sojourn.core.refold import Request
from sojourn.ports.errors import StoreError
from sojourn.ports.records import Erased, EventQuery
from sojourn.stores.memory import MemoryStore
from sojourn.testing.builders import (
    a_key,
    a_merge,
    a_review,
    a_tally,
    an_edge,
    keys_of_changes,
    noon_plus,
    some_changes,
)
from sojourn.testing.catalog_calls import CatalogCall, catalog_calls, everything_configured
from sojourn.testing.pages import read_pages
from sojourn.testing.stores import CrashableStore, Store, StoreUnderTest
from sojourn.testing.traffic import ALIASES, EVENTS, PROFILES, RULESET, SESSIONS, SOURCES, numbered, submissions

Answer = TypeVar("Answer")

SOURCE_IDS = tuple(source.id for source in SOURCES)

KEYS = (a_key("1"), a_key("2"))

HELD_MAX = 3
"""How many decisions may wait between their load and their commit."""


class Ending(Enum):
    """How a store can end."""

    CLOSE = "close"
    CRASH = "crash"


class Held(NamedTuple):
    """Submissions whose facts were loaded, and that are not decided yet."""

    submissions: tuple[Submission, ...]
    model_facts: Facts
    store_facts: Facts


class StoreComparison(RuleBasedStateMachine):
    """A store and the model, side by side. Subclasses say how the store is made, in a folder that is empty at first."""

    make: ClassVar[Callable[[Path], StoreUnderTest]]

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._loop = asyncio.Runner()
        self._under_test = type(self).make(Path(self._folder.name))
        self._model = MemoryStore()
        self._store = self._loop.run(self._under_test.open())
        self._moments = 0
        self._held: list[Held] = []
        self._merges: list[tuple[Edge, Merge]] = []
        self._profile_ids = [*PROFILES, *ALIASES]
        self._session_ids = [*SESSIONS]
        self._event_ids = [*EVENTS]

    def teardown(self) -> None:
        """Close the store, whatever was found."""
        with self._folder, self._loop:
            self._loop.run(self._under_test.close())

    @initialize(data=st.data())
    def begin(self, data: DataObject) -> None:
        """Nothing is interesting before something has happened."""
        self._decide_and_commit(self._take(data, size=3))

    @rule(data=st.data())
    def track_one(self, data: DataObject) -> None:
        """A submission comes in."""
        self._decide_and_commit(self._take(data, size=1))

    @rule(data=st.data(), size=st.integers(2, 4))
    def track_batch(self, data: DataObject, size: int) -> None:
        """A batch of submissions comes in."""
        self._decide_and_commit(self._take(data, size))

    @precondition(lambda self: len(self._held) < HELD_MAX)
    @rule(data=st.data())
    def load_what_is_decided_later(self, data: DataObject) -> None:
        """A submission comes in, and is overtaken by others."""
        self._held.append(self._take(data, size=1))

    @precondition(lambda self: self._held)
    @rule(data=st.data())
    def decide_what_was_loaded(self, data: DataObject) -> None:
        """A submission is decided on what was loaded for it, which may be stale."""
        self._decide_and_commit(self._held.pop(data.draw(st.integers(0, len(self._held) - 1))))

    @rule(count=st.integers(1, 5))
    def refuse(self, count: int) -> None:
        """Requests of nobody are refused and counted."""
        self._commit(some_changes(a_tally("", REFUSED_RATE, count)))

    @precondition(lambda self: len(self._people()) > 1)
    @rule(data=st.data())
    def merge(self, data: DataObject) -> None:
        """Two people turn out to be one."""
        survivor, merged = data.draw(st.permutations(self._people()))[:2]
        edge = an_edge(merged.id, survivor.id, kind="merge", at=self._next_moment())
        merge = a_merge(f"merge-{self._moments}", survivor.id, merged.id, at=edge.at)
        joined = profiles.with_ids(survivor, merged.ids)
        self._commit(some_changes(edge, merge, profiles.committed(joined, survivor.version + 1, edge.at)))
        self._merges.append((edge, merge))

    @precondition(lambda self: self._merges)
    @rule(data=st.data())
    def part(self, data: DataObject) -> None:
        """A merge is undone."""
        edge, merge = data.draw(st.sampled_from(self._merges))
        self._merges.remove((edge, merge))
        undone = self._next_moment()
        self._commit(some_changes(replace(edge, undone=undone), replace(merge, undone=undone, undone_by="desk")))

    @precondition(lambda self: self._people())
    @rule(data=st.data(), key=st.sampled_from(KEYS))
    def recognise(self, data: DataObject, key: str) -> None:
        """An identifier leads to somebody, perhaps to somebody else than before."""
        person = data.draw(st.sampled_from(self._people()))
        joins = data.draw(st.integers(0, 2))
        self._commit(some_changes(an_edge(key, person.id, kind="email-main", at=self._next_moment(), joins=joins)))

    @rule(data=st.data(), state=st.sampled_from(get_args(ReviewState)))
    def hold_back(self, data: DataObject, state: ReviewState) -> None:
        """Something waits for an answer, or is answered. Whom it is about follows from its id, and never changes."""
        one, two = (data.draw(st.sampled_from(self._profile_ids[-3:])) for _ in range(2))
        self._commit(some_changes(a_review(f"{one} and {two}", one, two, state=state)))

    @rule(beyond=st.integers(0, 3))
    def lapse(self, beyond: int) -> None:
        """The oldest of what waits for an answer makes room."""
        ids = self._both(lambda store: store.oldest_open_reviews(beyond=beyond, limit=2))
        assert isinstance(ids, tuple)
        self._commit(replace(some_changes(), lapsed=ids))

    @rule(data=st.data())
    def erase(self, data: DataObject) -> None:
        """Somebody wants to be forgotten."""
        any_id = data.draw(st.sampled_from(self._profile_ids))
        erased = self._both(lambda store: store.erase(any_id))
        if isinstance(erased, Erased):
            self._merges = [each for each in self._merges if not {each[1].one, each[1].two} & set(erased.ids)]

    @rule(call=catalog_calls())
    def configure(self, call: CatalogCall) -> None:
        """Somebody changes a source, a redirect or a key."""
        self._both(lambda store: call(store.catalog))
        self._compare_catalogs()

    @rule(ending=st.sampled_from(Ending))
    def open_again(self, ending: Ending) -> None:
        """The store is closed, or the power fails where it can; either way it is opened again."""
        self._held.clear()
        if ending is Ending.CRASH and isinstance(self._under_test, CrashableStore):
            self._store = self._loop.run(self._under_test.crash())
        else:
            self._loop.run(self._under_test.close())
            self._store = self._loop.run(self._under_test.open())
        self._compare_catalogs()

    @rule(data=st.data())
    def ask(self, data: DataObject) -> None:
        """Somebody looks something up."""
        questions = (
            self._ask_what_is_known,
            self._ask_about_a_person,
            self._ask_about_a_session,
            self._ask_about_an_event,
            self._ask_for_events,
            self._ask_what_became_of_events,
            self._ask_for_histories,
            self._ask_about_the_graph,
        )
        data.draw(st.sampled_from(questions))(data)

    def _ask_what_is_known(self, data: DataObject) -> None:
        keys = Keys(
            sessions=data.draw(st.frozensets(st.sampled_from(self._session_ids), max_size=3)),
            profiles=data.draw(st.frozensets(st.sampled_from(self._profile_ids), max_size=3)),
            events=data.draw(st.frozensets(self._event_keys(), max_size=3)),
            identifiers=data.draw(st.frozensets(st.sampled_from(KEYS), max_size=2)),
        )
        self._load(keys)

    def _ask_about_a_person(self, data: DataObject) -> None:
        limit = data.draw(st.integers(1, 4))
        any_id = data.draw(st.sampled_from(self._profile_ids))
        self._both(lambda store: store.profile(any_id))
        self._both(lambda store: store.edges_of(any_id))
        self._both(lambda store: read_pages(lambda after: store.sessions_of(any_id, limit=limit, after=after)))

    def _ask_about_a_session(self, data: DataObject) -> None:
        session_id = data.draw(st.sampled_from(self._session_ids))
        self._both(lambda store: store.session(session_id))

    def _ask_about_an_event(self, data: DataObject) -> None:
        event_id = data.draw(st.sampled_from(self._event_ids))
        source = data.draw(st.sampled_from((None, *SOURCE_IDS)))
        self._both(lambda store: store.event(event_id, source=source))

    def _ask_for_events(self, data: DataObject) -> None:
        limit = data.draw(st.integers(1, 7))
        query = data.draw(self._queries())
        self._both(lambda store: read_pages(lambda after: store.events(query, limit=limit, after=after)))

    def _ask_what_became_of_events(self, data: DataObject) -> None:
        limit = data.draw(st.integers(1, 4))
        source = data.draw(st.sampled_from((None, "", *SOURCE_IDS)))
        self._both(lambda store: store.oldest_put_aside(beyond=2, beyond_bytes=400, limit=3))
        self._both(lambda store: store.outcomes(source))
        self._both(lambda store: read_pages(lambda after: store.quarantined(source=source, limit=limit, after=after)))

    def _ask_for_histories(self, data: DataObject) -> None:
        limit = data.draw(st.integers(1, 4))
        asked = data.draw(st.frozensets(st.sampled_from(self._profile_ids), max_size=3))
        after = data.draw(st.sampled_from(["", *self._profile_ids]))
        self._both(lambda store: store.recorded_under(asked))
        self._both(lambda store: _history(store, asked, limit))
        self._both(lambda store: _history(store, None, limit))
        self._both(lambda store: store.requests_count())
        self._both(lambda store: store.people(limit=limit, after=after))

    def _ask_about_the_graph(self, data: DataObject) -> None:
        limit = data.draw(st.integers(1, 4))
        asked = data.draw(st.frozensets(st.sampled_from(self._profile_ids), max_size=3))
        state = data.draw(st.sampled_from((None, *get_args(ReviewState))))
        self._both(lambda store: store.merges_of(asked))
        self._both(lambda store: store.reviews_of(asked))
        self._both(lambda store: read_pages(lambda after: store.merges(limit=limit, after=after)))
        self._both(lambda store: read_pages(lambda after: store.reviews(state=state, limit=limit, after=after)))

    def _take(self, data: DataObject, size: int) -> Held:
        batch = tuple(self._submission(data) for _ in range(size))
        return Held(batch, *self._load(keys_of(batch)))

    def _submission(self, data: DataObject) -> Submission:
        profile_id = data.draw(st.sampled_from((None, *self._profile_ids)))
        drawn = data.draw(submissions())
        reused = data.draw(st.sampled_from((None, None, *self._event_ids[len(EVENTS) :])))
        if reused is not None:
            drawn = replace(drawn, events=tuple((index, replace(sent, id=reused)) for index, sent in drawn.events))
        return numbered(drawn, self._next_number(), profile_id)

    def _decide_and_commit(self, held: Held) -> None:
        decided = decide_all(held.submissions, held.model_facts, RULESET)
        self._commit_on(held.model_facts, held.store_facts, decided.changes)
        for decision in decided.decisions:
            _learn(self._profile_ids, decision.profile_id)
            _learn(self._session_ids, decision.session_id)
            for event_id in decision.recorded:
                _learn(self._event_ids, event_id)

    def _commit(self, changes: Changes) -> None:
        """Commit on fresh facts."""
        self._commit_on(*self._load(keys_of_changes(changes)), changes)

    def _commit_on(self, model_facts: Facts, store_facts: Facts, changes: Changes) -> None:
        expected = self._end_of(self._model.commit(changes, model_facts))
        _compare(self._end_of(self._store.commit(changes, store_facts)), expected)

    def _load(self, keys: Keys) -> tuple[Facts, Facts]:
        model_facts = self._loop.run(self._model.load(keys))
        store_facts = self._loop.run(self._store.load(keys))
        _compare(replace(store_facts, as_of=model_facts.as_of), model_facts)
        return model_facts, store_facts

    def _both(self, ask: Callable[[Store], Awaitable[Answer]]) -> Answer | type[StoreError]:
        """Ask the model and the store; what both answer, or the error that both raise."""
        expected = self._end_of(ask(self._model))
        _compare(self._end_of(ask(self._store)), expected)
        return expected

    def _end_of(self, asking: Awaitable[Answer]) -> Answer | type[StoreError]:
        return self._loop.run(_end_of(asking))

    def _compare_catalogs(self) -> None:
        _compare(everything_configured(self._store.catalog), everything_configured(self._model.catalog))

    def _people(self) -> list[Profile]:
        """The model's profiles that are nobody else's today, by id."""
        facts = self._loop.run(self._model.load(Keys(profiles=frozenset(self._profile_ids))))
        return [facts.profiles[id] for id in sorted(facts.profiles)]

    def _queries(self) -> st.SearchStrategy[EventQuery]:
        return st.builds(
            EventQuery,
            session=_seldom(self._session_ids),
            profile=_seldom(self._profile_ids),
            source=_seldom(SOURCE_IDS),
            type=_seldom(["page-view", "session-opened"]),
            since=_seldom([noon_plus(second) for second in range(-3, 6)]),
            until=_seldom([noon_plus(second) for second in range(-3, 6)]),
            order=st.sampled_from(["desc", "asc"]),
        )

    def _event_keys(self) -> st.SearchStrategy[EventKey]:
        return st.builds(EventKey, source=st.sampled_from(SOURCE_IDS), id=st.sampled_from(self._event_ids))

    def _next_number(self) -> int:
        self._moments += 1
        return self._moments

    def _next_moment(self) -> datetime:
        return noon_plus(self._next_number())


def comparison_of(make: Callable[[Path], StoreUnderTest]) -> type[StoreComparison]:
    """The comparison for a kind of store; its `TestCase` is a test."""
    return type("Comparison", (StoreComparison,), {"make": staticmethod(make)})


async def _end_of(asking: Awaitable[Answer]) -> Answer | type[StoreError]:
    try:
        return await asking
    except StoreError as error:
        return type(error)


async def _history(store: Store, profile_ids: Collection[str] | None, limit: int) -> list[Request]:
    """A whole history, read page by page; None: that of everybody."""

    async def page(after: str | None) -> tuple[Request, ...]:
        if profile_ids is None:
            return await store.requests(limit=limit, after=after)
        return await store.history(profile_ids, limit=limit, after=after)

    known = list(await page(None))
    while known and len(known) % limit == 0:
        more = await page(known[-1].record.id)
        if not more:
            break
        known += more
    return known


def _compare(answer: object, expected: object) -> None:
    assert answer == expected, f"The store answered {answer!r}\nand the model      {expected!r}"


def _learn(known: list[str], id: str | None) -> None:
    if id is not None and id not in known:
        known.append(id)


def _seldom(values: Sequence[Answer]) -> st.SearchStrategy[Answer | None]:
    return st.none() | st.none() | st.none() | st.sampled_from(values)
