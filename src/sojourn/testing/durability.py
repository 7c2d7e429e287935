"""What must be there again after a store was closed, or after the power failed.

Subclass the suite in a test module and give it a fixture `under_test`: a store that can crash, not opened yet.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from sojourn.core.changes import RecordedEvent
from sojourn.core.facts import EventKey, Keys
from sojourn.core.observed import nothing_seen
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.ports.records import EventQuery, StoredEvent
from sojourn.testing.builders import (
    NOON,
    a_contract,
    a_key,
    a_known_event,
    a_mapping_rule,
    a_merge,
    a_profile,
    a_quarantined,
    a_redirect,
    a_review,
    a_session,
    a_source,
    a_submission_record,
    a_tally,
    an_api_key,
    an_edge,
    an_event,
    an_event_type,
    noon_plus,
)
from sojourn.testing.fidelity import unused
from sojourn.testing.stores import CrashableStore, Store, keep
from sojourn.testing.strategies import profiles, recorded_events, sessions

EVERYTHING = (
    a_profile("ann"),
    a_session("visit", profile="ann"),
    an_event("view"),
    a_submission_record("request"),
    a_known_event("view"),
    an_edge("crm-1", "ann"),
    an_edge(a_key(), "ann", kind="email-main", joins=2),
    a_merge("merge"),
    a_review("review"),
    a_quarantined("odd"),
    a_tally("shop"),
)
SECRET = "1" * 64
TOKEN = "2" * 64


class DurabilityContract:
    """The contract of a store that outlives its process."""

    pytestmark = pytest.mark.asyncio

    async def test_everything_is_there_after_a_close(self, under_test: CrashableStore) -> None:
        await keep(await under_test.open(), *EVERYTHING)
        await under_test.close()
        await _has_everything(await under_test.open())
        await under_test.close()

    async def test_everything_is_there_after_a_crash(self, under_test: CrashableStore) -> None:
        await keep(await under_test.open(), *EVERYTHING)
        await _has_everything(await under_test.crash())
        await under_test.close()

    async def test_everything_is_there_after_one_crash_upon_another(self, under_test: CrashableStore) -> None:
        await keep(await under_test.open(), *EVERYTHING)
        await under_test.crash()
        await _has_everything(await under_test.crash())
        await under_test.close()

    async def test_work_goes_on_after_a_crash(self, under_test: CrashableStore) -> None:
        await keep(await under_test.open(), a_profile("ann"), a_tally("shop"))
        await keep(await under_test.crash(), a_profile("ann", version=2), a_tally("shop"))
        store = await under_test.crash()
        assert await store.profile("ann") == a_profile("ann", version=2)
        assert (await store.outcomes("shop")).kept == 2
        await under_test.close()

    async def test_an_erased_person_does_not_come_back(self, under_test: CrashableStore) -> None:
        store = await under_test.open()
        await keep(store, *EVERYTHING)
        await store.erase("ann")
        store = await under_test.crash()
        assert await store.profile("crm-1") is None
        assert (await store.events(EventQuery(), limit=10)).items == ()
        await under_test.close()

    async def test_what_was_seen_of_event_types_is_there_after_a_close(self, under_test: CrashableStore) -> None:
        seen = (nothing_seen("a", NOON), nothing_seen("b", noon_plus(1)))
        await (await under_test.open()).observations.keep_observed(seen)
        await under_test.close()
        assert await (await under_test.open()).observations.observed_types() == seen
        await under_test.close()

    @pytest.mark.parametrize("ending", ["close", "crash"])
    async def test_what_was_configured_is_there(self, under_test: CrashableStore, ending: str) -> None:
        catalog = (await under_test.open()).catalog
        await catalog.add_source(a_source(), SECRET)
        await catalog.add_redirect(a_redirect())
        await catalog.add_key(an_api_key(), TOKEN)
        await catalog.add_mapping(a_mapping_rule(), NOON)
        await catalog.put_mapping(a_mapping_rule(order=1), noon_plus(1))
        history = await catalog.mapping_history("path")
        await catalog.add_event_type(an_event_type())
        await catalog.put_contract(a_contract(), NOON)
        await catalog.put_contract(a_contract(mode="refuse"), noon_plus(1))
        contract_history = await catalog.contract_history("page-view")
        if ending == "close":
            await under_test.close()
        catalog = (await (under_test.open() if ending == "close" else under_test.crash())).catalog
        assert (catalog.source("shop"), catalog.source_secret("shop")) == (a_source(), SECRET)
        assert catalog.redirect("spring") == a_redirect()
        assert catalog.key_of(TOKEN) == an_api_key()
        assert catalog.mapping("path") == a_mapping_rule(order=1, version=2)
        assert await catalog.mapping_history("path") == history
        assert catalog.event_type("tea-brewed") == an_event_type()
        assert catalog.contract("page-view") == a_contract(mode="refuse", version=2)
        assert await catalog.contract_history("page-view") == contract_history
        await under_test.close()

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(profile=profiles(), session=sessions(), recorded=recorded_events())
    async def test_any_document_is_there_after_a_close(
        self, under_test: CrashableStore, profile: Profile, session: Session, recorded: RecordedEvent
    ) -> None:
        profile = replace(profile, id=unused(profile.id))
        session = replace(session, id=unused(session.id))
        event = replace(recorded.event, id=unused(recorded.event.id))
        await keep(await under_test.open(), profile, session, replace(recorded, event=event))
        await under_test.close()
        store = await under_test.open()
        assert await store.profile(profile.id) == profile
        assert await store.session(session.id) == session
        assert await store.event(event.id) == StoredEvent(event=event, trace=recorded.trace)
        await under_test.close()


async def _has_everything(store: Store) -> None:
    key = EventKey("shop", "view")
    facts = await store.load(
        Keys(profiles=frozenset({"crm-1"}), events=frozenset({key}), identifiers=frozenset({a_key()}))
    )
    assert facts.profiles == {"ann": a_profile("ann")}
    assert facts.sessions == {"visit": a_session("visit", profile="ann")}
    assert facts.events == dict([a_known_event("view")])
    assert facts.links == {a_key(): an_edge(a_key(), "ann", kind="email-main", joins=2)}
    assert (await store.merges(limit=10)).items == (a_merge("merge"),)
    assert (await store.reviews(limit=10)).items == (a_review("review"),)
    (stored,) = (await store.events(EventQuery(profile="crm-1"), limit=10)).items
    assert (stored.event, stored.headers) == (an_event("view"), a_submission_record("request").headers)
    assert (await store.quarantined(limit=10)).items == (a_quarantined("odd"),)
    assert await store.outcomes("shop") == OutcomeCounts(received=1, kept=1)
