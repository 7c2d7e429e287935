"""Whether what the database holds agrees with itself: people with what is recorded of them, counts with events.

It says of a folder what the auditor of the tests says of a server, as far as that can be said without a ledger and
whatever rules were in force: `core/invariants.py`. What rules wrote is not folded anew here, since they may have
changed; `sojourn rebuild` does that.

It only reads, and may run beside a server: each person, and each source, is looked at as of one moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
from msgspec.structs import replace

from sojourn.core import event_types
from sojourn.core.invariants import miscounted, missed_visits, twice
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.profiles import Profile
from sojourn.core.refold import Refold
from sojourn.stores.embedded.database import open_reader
from sojourn.stores.embedded.encoding import decode_profile
from sojourn.stores.embedded.questions import Questions
from sojourn.stores.embedded.statements import statements

_CACHE_BYTES = 16 << 20
_REQUESTS = 200
"""Requests of a history that are read at once."""


def disagreements(folder: Path, people_max: int) -> list[str]:
    """Every promise that the database of a folder breaks, in words; at most so many people are folded anew.

    They are taken from all over the folder. Raises UnfitSqlite, apsw.Error.
    """
    with closing(open_reader(folder, cache_bytes=_CACHE_BYTES)) as database:
        return [*_made_twice(database), *_unlike_their_past(database, people_max), *_miscounted(database)]


def _made_twice(database: apsw.Connection) -> Iterator[str]:
    yield from twice(event_types.PROFILE_CREATED, dict(database.execute(statements("agreement")["made_twice"])))


def _unlike_their_past(database: apsw.Connection, people_max: int) -> Iterator[str]:
    sql = statements("agreement")
    questions = Questions(database)
    rows: int = database.execute(sql["last_profile"]).get
    step = max(1, -(-rows // max(1, people_max)))
    row = 1
    for _ in range(people_max):
        with _one_moment(database):
            found = database.execute(sql["person_at"], (row,)).fetchone()
            if found is None:
                return
            number, doc = found
            yield from _unlike_its_past(questions, decode_profile(doc))
        row = max(row + step, number + 1)


def _unlike_its_past(questions: Questions, profile: Profile) -> Iterator[str]:
    """What a profile says of its visits that is not what was recorded under its ids."""
    parted = [merge.id for merge in questions.merges_of(profile.ids) if merge.undone]
    fold = Refold(Ruleset(), parted)
    after = None
    while requests := questions.history(profile.ids, _REQUESTS, after):
        for request in requests:
            fold.add(replace(request, events=()))
        after = requests[-1].record.id
    folded = fold.person(profile.id)
    if folded is not None:
        yield from missed_visits(profile.id, profile, folded.metadata.time.visit.count)


def _miscounted(database: apsw.Connection) -> Iterator[str]:
    sql = statements("agreement")
    questions = Questions(database)
    for source in [str(id) for (id,) in database.execute(sql["sources"])]:
        with _one_moment(database):
            counts = questions.outcomes(source)
            there: int = database.execute(sql["sent"], (source,)).get
            erased_max: int = database.execute(sql["erased_max"]).get
        yield from (f"{said} (source {source!r})" for said in miscounted(counts, there, erased_max))


@contextmanager
def _one_moment(database: apsw.Connection) -> Iterator[None]:
    """All that is read inside is of one moment. Raises apsw.Error."""
    database.execute("BEGIN")
    try:
        yield
    finally:
        database.execute("COMMIT")
