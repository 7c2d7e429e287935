"""What was seen of a type can be read, forgotten, and made into a contract."""

from __future__ import annotations

from tests.builders import an_event, some_changes
from tests.http.manage.desk import Desk

OBSERVED = "/event-types/tea-brewed/observed"
PROPOSAL = "/event-types/tea-brewed/contract/from-observed"


def brew(desk: Desk, **properties: object) -> None:
    for person in range(3):
        event = an_event(f"{person}", type="tea-brewed", properties=properties, profile=f"p{person}")
        desk.parts.observing.take(some_changes(event))


async def test_every_type_is_seen_described_or_not(desk: Desk) -> None:
    brew(desk, leaf="assam", cups=[{"size": 2}])
    brew(desk, leaf="assam")
    told = await desk.get(OBSERVED)
    assert (told["events"], told["skipped"], told["is_full"]) == (6, 0, False)
    assert [each["path"] for each in told["properties"]] == ["cups", "cups[]", "cups[].size", "leaf"]
    size, leaf = told["properties"][2:]
    assert (size["fill_rate"], size["types"], size["examples"]) == (0.5, {"integer": 3}, [2])
    assert (leaf["fill_rate"], leaf["cardinality"], leaf["examples"]) == (1, 1, ["assam"])


async def test_a_type_that_never_came_was_not_seen(desk: Desk) -> None:
    for method, path in (("GET", OBSERVED), ("DELETE", OBSERVED), ("POST", PROPOSAL)):
        assert (await desk.ask(method, path)).status_code == 404


async def test_what_was_seen_can_be_forgotten(desk: Desk) -> None:
    brew(desk)
    assert (await desk.ask("DELETE", OBSERVED)).status_code == 204
    assert (await desk.ask("GET", OBSERVED)).status_code == 404


async def test_a_proposal_is_not_saved_and_can_be(desk: Desk) -> None:
    brew(desk, leaf="assam")
    proposal = (await desk.ask("POST", PROPOSAL)).json()
    assert (proposal["mode"], proposal["schema"]["required"]) == ("observe", ["leaf"])
    assert (await desk.ask("GET", "/event-types/tea-brewed/contract")).status_code == 404
    assert (await desk.ask("PUT", "/event-types/tea-brewed/contract", proposal)).status_code == 201
