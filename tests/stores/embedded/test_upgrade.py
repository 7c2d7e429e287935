"""A folder that an earlier release left behind is brought up to date when it is opened, and has everything still.

Each archive in `folders/` was made by the last release that wrote its format, and was copied while that release was
running: one event is in the database, a later one in the journal only.
"""

from __future__ import annotations

import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest
from structlog.testing import capture_logs

from sojourn.core.events import SentEvent
from sojourn.core.outcomes import OutcomeCounts
from sojourn.ports.records import EventQuery
from sojourn.stores.embedded.database import Durability, migrate, open_writer
from sojourn.stores.embedded.segments import segments
from sojourn.stores.embedded.statements import migrations
from sojourn.stores.embedded.store import EmbeddedStore
from tests.builders import NOON, a_mapping_rule, a_redirect, a_source, a_submission, an_api_key, an_event_type
from tests.histories import keep_all, refolded, timeless
from tests.stores.embedded.under_test import SMALL

ARCHIVES = Path(__file__).parent / "folders"
FORMATS = sorted(path.name.removesuffix(".tar.xz") for path in ARCHIVES.iterdir())


@pytest.fixture(params=FORMATS)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVES / f"{request.param}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data"


@pytest.fixture
async def store(folder: Path) -> AsyncIterator[EmbeddedStore]:
    opened = await EmbeddedStore.open(folder, SMALL, materialise="inline")
    yield opened
    await opened.close()


async def test_the_database_has_the_form_of_today(folder: Path, store: EmbeddedStore) -> None:
    with apsw.Connection(str(folder / "sojourn.db"), flags=apsw.SQLITE_OPEN_READONLY) as database:
        assert database.pragma("user_version") == max(migrations())


async def test_what_was_configured_is_there(store: EmbeddedStore) -> None:
    catalog = store.catalog
    assert (catalog.source("shop"), catalog.source_secret("shop")) == (a_source(), "1" * 64)
    assert (catalog.redirect("spring"), catalog.key_of("2" * 64)) == (a_redirect(), an_api_key())


async def test_people_and_what_they_did_are_there(store: EmbeddedStore) -> None:
    profile = await store.profile("crm-1")
    assert profile is not None
    assert profile.metadata.time.visit.count == 1
    events = (await store.events(EventQuery(profile="crm-1", order="asc"), limit=10)).items
    assert [stored.event.type for stored in events][-2:] == ["page-view", "sign-in"]
    assert [stored.headers["user-agent"] for stored in events] == ["Firefox"] * 5


async def test_old_traces_can_be_read(store: EmbeddedStore) -> None:
    stored = await store.event("view")
    assert stored is not None
    assert [note.step for note in stored.trace][:2] == ["identify", "join_session"]


async def test_counts_and_quarantine_are_there(store: EmbeddedStore) -> None:
    assert await store.outcomes() == OutcomeCounts(received=3, kept=2, quarantined={"shape": 1})
    assert len((await store.quarantined(limit=10)).items) == 2


async def test_rules_and_event_types_can_be_added(store: EmbeddedStore) -> None:
    await store.catalog.add_mapping(a_mapping_rule(), NOON)
    await store.catalog.add_event_type(an_event_type())
    assert store.catalog.mappings() == (a_mapping_rule(),)
    assert store.catalog.event_types() == (an_event_type(),)


@pytest.mark.parametrize("stopped_at", [0, max(migrations())], ids=["at once", "after a kill in the middle"])
async def test_each_person_begins_with_what_was_known_and_is_folded_anew_from_there(
    folder: Path, stopped_at: int
) -> None:
    stop_an_upgrade(folder, stopped_at)
    store = await EmbeddedStore.open(folder, SMALL, materialise="inline")
    people = await store.people(limit=100)
    assert len(people) == await store.people_count() > 0
    for profile_id in people:
        kept = await store.profile(profile_id)
        assert kept is not None
        # The last event was in the journal only: the foundation is what it made of the person.
        [request] = await store.history([profile_id], limit=10)
        assert request.record.contribution.foundation == kept
        assert await refolded(store, profile_id) == kept
    await store.close()


async def test_what_happens_after_an_upgrade_is_folded_onto_the_foundation(store: EmbeddedStore) -> None:
    before = await store.profile("crm-1")
    assert before is not None
    order = SentEvent(type="order", properties={"n": 2})
    await keep_all(store, [[a_submission(order, id="new", session_id="new", profile_id="crm-1")]])
    kept = await store.profile("crm-1")
    assert kept is not None
    assert kept.metadata.time.visit.count == before.metadata.time.visit.count + 1
    assert kept.traits["spent"] == 2
    assert timeless(await refolded(store, kept.id)) == timeless(kept)


async def test_an_unfinished_write_that_an_upgrade_cuts_off_is_told(folder: Path) -> None:
    [last] = segments(folder / "journal")[-1:]
    with last.path.open("r+b") as file:
        file.seek(len(last.path.read_bytes().rstrip(b"\0")) + 8)
        file.write(b"the beginning of a write")
    with capture_logs() as logs:
        store = await EmbeddedStore.open(folder, SMALL, materialise="inline")
    await store.close()
    assert [log["event"] for log in logs] == ["unfinished write cut off"]


def stop_an_upgrade(folder: Path, number: int) -> None:
    """Leave the database behind as an upgrade does that was killed right after this migration."""
    database = open_writer(folder, Durability.AT_COMMIT, cache_bytes=1 << 20)
    migrate(database, {each: script for each, script in migrations().items() if each <= number})
    database.close()
