"""What a database holds agrees with itself, and where somebody has changed it, `verify_folder` says what does not."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.events import Submission
from sojourn.stores.embedded.agreement import disagreements
from sojourn.stores.embedded.database import DATABASE, Durability, open_writer
from sojourn.stores.embedded.verify import Finding, verify_folder
from sojourn.testing.builders import a_source, a_submission, an_erasure_order
from sojourn.testing.traffic import numbered
from tests.histories import batches_of, histories, keep_all
from tests.stores.embedded.under_test import EmbeddedStoreUnderTest

EVERYBODY = 1_000


async def keep_in(folder: Path, batches: list[list[Submission]]) -> Path:
    """Keep these in a new store; the folder that it leaves."""
    under_test = EmbeddedStoreUnderTest(folder)
    store = await under_test.open()
    await keep_all(store, batches)
    await under_test.close()
    return folder / "data-0"


@given(log=histories(), data=st.data())
def test_whatever_was_decided_agrees_with_itself(log: tuple[Submission, ...], data: st.DataObject) -> None:
    cut = data.draw(st.lists(st.booleans(), min_size=len(log), max_size=len(log)))
    with TemporaryDirectory() as folder:
        data_folder = asyncio.run(keep_in(Path(folder), batches_of(log, cut)))
        assert disagreements(data_folder, EVERYBODY) == []


PEOPLE = ("ann", "bob", "cid")
STATIC = a_source(static_profile_id=True)


def a_view_of(profile_id: str, number: int) -> Submission:
    """One view in a session of its own."""
    sent = a_submission(source=STATIC, session_id=f"visit-{number}")
    return numbered(sent, number, profile_id)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three people with two visits each."""
    log = [a_view_of(PEOPLE[number % 3], number) for number in range(6)]
    return asyncio.run(keep_in(tmp_path, [log]))


def told(folder: Path, people_max: int = EVERYBODY) -> list[str]:
    """What is said of the database of a folder, each in words."""
    findings = verify_folder(folder, people_max=people_max)
    assert all(finding == Finding(str(folder / DATABASE), None, finding.problem) for finding in findings)
    return [finding.problem for finding in findings]


def change(folder: Path, *statements: str) -> None:
    """Change the database, as no part of Sojourn would."""
    with closing(open_writer(folder, Durability.AT_COMMIT, cache_bytes=1 << 20)) as database:
        for statement in statements:
            database.execute(statement)


def test_a_profile_that_counts_other_visits_than_are_recorded_is_told(folder: Path) -> None:
    change(folder, "UPDATE profile SET doc = CAST(replace(doc, '\"count\":2', '\"count\":3') AS BLOB) WHERE id = 'bob'")
    assert told(folder) == ["I3: profile bob counts 3 visits, and 2 are recorded"]


def test_only_so_many_people_are_folded_anew(folder: Path) -> None:
    change(folder, "UPDATE profile SET doc = CAST(replace(doc, '\"count\":2', '\"count\":3') AS BLOB)")
    assert [len(told(folder, people_max)) for people_max in (0, 1, 2, 3, EVERYBODY)] == [0, 1, 2, 3, 3]


def test_a_person_who_was_made_twice_is_told(folder: Path) -> None:
    change(
        folder,
        "INSERT INTO event (id, source, type, inserted, session, profile, submission, doc, trace) "
        "SELECT 'again', source, type, inserted, session, profile, submission, doc, trace FROM event "
        "WHERE type = 'profile-created' AND profile = 'ann'",
    )
    assert told(folder) == ["I2: profile-created is there 2 times for ann"]


def test_an_event_that_is_gone_without_an_erasure_is_told(folder: Path) -> None:
    change(folder, "DELETE FROM event WHERE type = 'page-view' AND session = 'visit-1'")
    assert told(folder) == ["I6: 6 events were counted as stored, and 5 are there (source 'shop')"]


def test_more_events_than_were_counted_are_told(folder: Path) -> None:
    change(folder, "UPDATE tally SET count = count - 1")
    assert told(folder) == ["I6: 5 events were counted as stored, and 6 are there (source 'shop')"]


async def test_who_was_erased_is_missed_by_nobody(tmp_path: Path) -> None:
    under_test = EmbeddedStoreUnderTest(tmp_path)
    store = await under_test.open()
    await keep_all(store, [[a_view_of(PEOPLE[number % 3], number) for number in range(6)]])
    assert await store.erase("bob", an_erasure_order()) is not None
    await under_test.close()
    assert told(tmp_path / "data-0") == []
