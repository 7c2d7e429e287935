"""What an event costs that tells who somebody is: `python -m bench.identified` decides such events, and plain ones.

Only deciding is measured, with all that it looks up beforehand, for people who are known already: what identity adds to
an event is the difference between the same sign-ins with and without kinds of id in force.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from statistics import median

from msgspec.structs import replace

from sojourn.builtin import built_in_types
from sojourn.core.asserted import identifiers_told
from sojourn.core.events import SentEvent, Submission
from sojourn.core.facts import keys_of
from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.sources import Source
from sojourn.stores.memory import MemoryStore

PEOPLE = 500
ROUNDS = 15

_SHOP = Source(id="shop", name="The shop")
_BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
_WITH = Ruleset(event_types=built_in_types(), identifiers=Identifiers(kinds=BUILT_IN_KINDS, secret=b"secret"))
_WITHOUT = Ruleset(event_types=built_in_types())


async def measure(*, people: int = PEOPLE, rounds: int = ROUNDS) -> Mapping[str, float]:
    """Microseconds of CPU for one request of one event, by what it tells and what is in force."""
    cases = {
        "page view, no kinds": _Case("page-view", _WITHOUT),
        "page view": _Case("page-view", _WITH),
        "sign-in, no kinds": _Case("sign-in", _WITHOUT),
        "sign-in": _Case("sign-in", _WITH),
    }
    # In turn, so that whatever else the machine does disturbs all of them alike.
    for number in range(rounds + 1):
        for case in cases.values():
            await case.decide(people, number)
    # In the first round they become known.
    return {told: median(case.took_us[1:]) for told, case in cases.items()}


class _Case:
    """Events of a type, decided under some rules."""

    def __init__(self, event_type: str, rules: Ruleset) -> None:
        self.took_us: list[float] = []
        self._event_type = event_type
        self._rules = rules
        self._store = MemoryStore()

    async def decide(self, people: int, number: int) -> None:
        batch = [_request(self._event_type, person, number) for person in range(people)]
        begin = time.thread_time()
        keys = replace(keys_of(batch), identifiers=identifiers_told(batch, self._rules))
        asked = time.thread_time()
        facts = await self._store.load(keys)
        loaded = time.thread_time()
        decided = decide_all(batch, facts, self._rules)
        self.took_us.append((time.thread_time() - loaded + asked - begin) * 1e6 / people)
        await self._store.commit(decided.changes, facts)


def _request(event_type: str, person: int, number: int) -> Submission:
    properties: dict[str, object] = {"email": {"main": f"p{person}@mail.example"}, "path": "/"}
    return Submission(
        id=f"request-{person}-{number}",
        source=_SHOP,
        received_at=_BEGIN + timedelta(minutes=number, microseconds=4 * person),
        entropy=number * 1_000_000 + person,
        events=((0, SentEvent(type=event_type, properties=properties)),),
        session_id=f"session-{person}",
    )


def main() -> None:
    """Measure, and say what came of it."""
    for told, each_us in asyncio.run(measure()).items():
        print(f"{told:<20} {each_us:6.1f} us")


if __name__ == "__main__":
    main()
