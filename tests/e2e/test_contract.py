"""The real server under everything that the contract allows and forbids: no answer is a fault, and it stays alive."""

from __future__ import annotations

from typing import Any

import httpx2
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.e2e.server import Server, add_source
from tests.tidy.repository import ROOT

EXAMPLES = 40

CONTRACT: Any = msgspec.json.decode((ROOT / "spec" / "openapi.json").read_bytes())

STREAM = "/api/v1/live"


def operations() -> list[Any]:
    """Every operation of the contract but the live feed, which never ends."""
    paths = {path: item for path, item in CONTRACT["paths"].items() if path != STREAM}
    contract: Any = schemathesis.openapi.from_dict({**CONTRACT, "paths": paths})
    return [result.ok() for result in contract.get_all_operations()]


@pytest.fixture(scope="module")
def source(server: Server) -> str:
    return add_source(server, type=["rest", "webhook", "redirect"])


@pytest.mark.slow
@pytest.mark.parametrize("operation", operations(), ids=lambda operation: f"{operation.method} {operation.path}")
def test_no_request_brings_about_a_fault(operation: Any, server: Server, source: str) -> None:
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
        _point_at(case, source)
        response = case.call(base_url=server.url, headers=server.admin, allow_redirects=False)
        assert response.status_code < 500, response.text

    ask()
    assert httpx2.get(f"{server.url}/readyz").status_code == 200


def _point_at(case: Any, source: str) -> None:
    """Let tracker requests name a source that exists, so that they get past the first check."""
    if isinstance(case.body, dict) and "events" in case.body:
        case.body = {**case.body, "source": {"id": source}}
    if case.path_parameters and "source_id" in case.path_parameters and case.operation.path.startswith("/collect"):
        case.path_parameters = {**case.path_parameters, "source_id": source}
