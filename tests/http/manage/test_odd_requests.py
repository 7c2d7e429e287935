"""Whatever the contract allows or forbids can be sent: the answer is one that the contract announces, and no fault."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from sojourn.core.limits import Limits
from sojourn.core.sources import Source
from sojourn.http.asgi import App
from sojourn.http.manage.app import management_app
from sojourn.stores.memory import MemoryStore
from sojourn.testing.builders import a_profile, a_quarantined, a_session, an_edge, an_event
from sojourn.testing.stores import keep
from tests.http.manage.desk import ADMIN, StillClock, document, some_parts

TRACKER = ("/track", "/collect", "/redirect")
EXAMPLES = 20


def operations() -> list[Any]:
    managed = {path: item for path, item in document()["paths"].items() if not path.startswith(TRACKER)}
    contract: Any = schemathesis.openapi.from_dict({**document(), "paths": managed})
    return [result.ok() for result in contract.get_all_operations()]


@cache
def furnished_app() -> App:
    """The application over a store with a little of everything. Without seats, the live feed answers at once."""
    store = MemoryStore()

    async def furnish() -> None:
        person = (a_profile("ann", ids=("ann", "crm-1")), an_edge(), a_session(), an_event(), a_quarantined())
        await keep(store, *person)
        await store.catalog.add_source(Source(id="web", name="Web", type=("rest", "redirect")))

    asyncio.run(furnish())
    return management_app(some_parts(store, StillClock(), limits=Limits(live_viewers_max=0)))


@pytest.mark.slow
@pytest.mark.parametrize("operation", operations(), ids=lambda operation: f"{operation.method} {operation.path}")
def test_an_odd_request_gets_an_announced_answer(operation: Any) -> None:
    allowed, forbidden = (operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(allowed | forbidden)
    def ask(case: Any) -> None:
        rights = {"Authorization": f"Bearer {ADMIN}"}
        response = case.call(app=furnished_app(), headers=rights, base_url="http://sojourn.test")
        assert str(response.status_code) in operation.definition.raw["responses"], response.text
        assert response.status_code < 500 or operation.path.endswith("/live"), response.text

    ask()
