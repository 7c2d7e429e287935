"""Whose is it? Every cell of the decision tables of tracker.md §4.2 (with R-30) and §4.3 (with R-31)."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from sojourn.core.draft import Status
from sojourn.core.facts import Facts, Keys
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import REFUSED_STATIC
from sojourn.core.pipeline import Decided, decide_all
from sojourn.core.profiles import with_visit
from sojourn.core.sessions import Session
from tests.builders import NOON, a_profile, a_session, a_source, a_submission

PC, SO, VS = "profile-created", "session-opened", "visit-started"

ANN = with_visit(a_profile("ann", ids=("ann", "old")), NOON)
"""Somebody who was visited once, and into whom `old` was merged."""
BOB = with_visit(a_profile("bob"), NOON)

SENT = {"absent": None, "known": "ann", "unknown": "forged", "merged away": "old"}
SESSIONS: dict[str, Session | None] = {
    "absent": None,
    "unknown": None,
    "of the same": a_session(profile="ann"),
    "of the same, by the old id": a_session(profile="old"),
    "of another": a_session(profile="bob"),
    "of nobody": a_session(profile=None),
    "of somebody erased": a_session(profile="gone"),
}


class Cell(NamedTuple):
    """Whose it is to be, what Sojourn tells, and whether the client is warned; a visit counts where one is told."""

    whose: str
    told: list[str]
    warned: bool = False


ORDINARY = {
    ("absent", "absent"): Cell("new", [PC, SO, VS]),
    ("absent", "unknown"): Cell("new", [PC, SO, VS]),
    ("absent", "of the same"): Cell("ann", []),
    ("absent", "of the same, by the old id"): Cell("ann", []),
    ("absent", "of another"): Cell("bob", []),
    ("absent", "of nobody"): Cell("new", [PC, VS]),
    ("absent", "of somebody erased"): Cell("new", [PC, VS]),
    ("known", "absent"): Cell("ann", [SO, VS]),
    ("known", "unknown"): Cell("ann", [SO, VS]),
    ("known", "of the same"): Cell("ann", []),
    ("known", "of the same, by the old id"): Cell("ann", []),
    ("known", "of another"): Cell("bob", [], warned=True),
    ("known", "of nobody"): Cell("ann", [VS]),
    ("known", "of somebody erased"): Cell("ann", [VS]),
    ("unknown", "absent"): Cell("new", [PC, SO, VS]),
    ("unknown", "unknown"): Cell("new", [PC, SO, VS]),
    ("unknown", "of the same"): Cell("ann", [], warned=True),
    ("unknown", "of the same, by the old id"): Cell("ann", [], warned=True),
    ("unknown", "of another"): Cell("bob", [], warned=True),
    ("unknown", "of nobody"): Cell("new", [PC, VS]),
    ("unknown", "of somebody erased"): Cell("new", [PC, VS]),
    ("merged away", "absent"): Cell("ann", [SO, VS]),
    ("merged away", "unknown"): Cell("ann", [SO, VS]),
    ("merged away", "of the same"): Cell("ann", []),
    ("merged away", "of the same, by the old id"): Cell("ann", []),
    ("merged away", "of another"): Cell("bob", [], warned=True),
    ("merged away", "of nobody"): Cell("ann", [VS]),
    ("merged away", "of somebody erased"): Cell("ann", [VS]),
}

STATIC = {
    ("known", "absent"): Cell("ann", [SO, VS]),
    ("known", "unknown"): Cell("ann", [SO, VS]),
    ("known", "of the same"): Cell("ann", []),
    ("known", "of the same, by the old id"): Cell("ann", []),
    ("known", "of another"): Cell("ann", [VS]),
    ("known", "of nobody"): Cell("ann", [VS]),
    ("known", "of somebody erased"): Cell("ann", [VS]),
    ("unknown", "absent"): Cell("forged", [PC, SO, VS]),
    ("unknown", "unknown"): Cell("forged", [PC, SO, VS]),
    ("unknown", "of the same"): Cell("forged", [PC, VS]),
    ("unknown", "of the same, by the old id"): Cell("forged", [PC, VS]),
    ("unknown", "of another"): Cell("forged", [PC, VS]),
    ("unknown", "of nobody"): Cell("forged", [PC, VS]),
    ("unknown", "of somebody erased"): Cell("forged", [PC, VS]),
    ("merged away", "absent"): Cell("ann", [SO, VS]),
    ("merged away", "unknown"): Cell("ann", [SO, VS]),
    ("merged away", "of the same"): Cell("ann", []),
    ("merged away", "of the same, by the old id"): Cell("ann", []),
    ("merged away", "of another"): Cell("ann", [VS]),
    ("merged away", "of nobody"): Cell("ann", [VS]),
    ("merged away", "of somebody erased"): Cell("ann", [VS]),
}


def test_the_tables_have_every_cell() -> None:
    assert set(ORDINARY) == {(sent, session) for sent in SENT for session in SESSIONS}
    assert set(STATIC) == {(sent, session) for sent, session in ORDINARY if sent != "absent"}


@pytest.mark.parametrize(("sent", "session"), ORDINARY)
def test_an_ordinary_source_decides_by_the_table(sent: str, session: str) -> None:
    check(ORDINARY[sent, session], decided(sent, session, static=False))


@pytest.mark.parametrize(("sent", "session"), STATIC)
def test_a_static_source_decides_by_its_table(sent: str, session: str) -> None:
    check(STATIC[sent, session], decided(sent, session, static=True))


@pytest.mark.parametrize("session", SESSIONS)
def test_a_static_source_refuses_whoever_is_not_named(session: str) -> None:
    answer = decided("absent", session, static=True).decisions[0]
    assert answer.status is Status.INVALID
    assert [ended.outcome for ended in answer.outcomes] == [REFUSED_STATIC]


def decided(sent: str, session: str, *, static: bool) -> Decided:
    """One page view, sent with such a profile id in such a session."""
    known = SESSIONS[session]
    facts = Facts(
        keys=Keys(),
        profiles={"ann": ANN, "bob": BOB},
        aliases={"old": "ann"},
        sessions={} if known is None else {known.id: known},
    )
    submission = a_submission(
        source=a_source(static_profile_id=static),
        session_id=None if session == "absent" else "visit",
        profile_id=SENT[sent],
    )
    return decide_all([submission], facts, Ruleset())


def check(cell: Cell, decided: Decided) -> None:
    """Whether it was decided as the cell says: the answer, the events, the visits, the session."""
    answer = decided.decisions[0]
    assert answer.profile_id is not None
    whose = answer.profile_id if answer.profile_id in ("ann", "bob", *SENT.values()) else "new"
    told = [recorded.event.type for recorded in decided.changes.events]
    is_warned = [problem.code for problem in answer.warnings] == ["profile-mismatch"]
    assert Cell(whose, told[:-1], is_warned) == cell
    assert visits_counted(decided, answer.profile_id) == cell.told.count(VS)
    [session] = decided.changes.sessions
    assert session.profile is not None
    # A session keeps the id that it was recorded under, whosever that is today.
    assert answer.profile_id == {"old": "ann"}.get(session.profile.id, session.profile.id)


def visits_counted(decided: Decided, profile_id: str) -> int:
    """How many visits this added to those that the profile had before."""
    before = {"ann": 1, "bob": 1}.get(profile_id, 0)
    after = {profile.id: profile.metadata.time.visit.count for profile in decided.changes.profiles}
    return after.get(profile_id, before) - before
