"""Folders that are full already hold what a server would have kept, and measuring them tells what it should."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from bench import growth, growth_report
from bench.population import MODELS, Population, prepare
from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import idle_load_tool, real_server
from sojourn.bench.visitors import drawn, prepared_person
from sojourn.core.limits import Limits
from sojourn.ports.records import EventQuery
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.stores.embedded.verify import verify_folder
from tests.bench.test_ledger import a_cell, a_line

PEOPLE, EVENTS = 40, 80


def test_prepared_people_are_in_the_order_of_their_numbers_and_all_different() -> None:
    people = [prepared_person(number, PEOPLE)[b"profile"] for number in range(PEOPLE)]
    assert people == sorted(set(people))
    assert {len(id) for id in people} == {36}


def test_everybody_is_drawn_and_nobody_else() -> None:
    who = drawn(PEOPLE, 0)
    assert {who()[b"profile"] for _ in range(50 * PEOPLE)} == {
        prepared_person(number, PEOPLE)[b"profile"] for number in range(PEOPLE)
    }


def test_the_hot_one_is_drawn_as_often_as_was_asked() -> None:
    who = drawn(PEOPLE, 0.5)
    hot = prepared_person(0, PEOPLE)
    assert sum(who() == hot for _ in range(1_000)) / 1_000 == pytest.approx(0.5, abs=0.06)


async def test_a_prepared_folder_holds_people_with_their_sessions_and_events(tmp_path: Path) -> None:
    source = prepare(tmp_path / "data", Population(people=PEOPLE, events=EVENTS))
    store = await EmbeddedStore.open(tmp_path / "data", Limits(), materialise="inline")
    try:
        assert await store.people_count() >= PEOPLE + MODELS
        for number in range(PEOPLE):
            who = {name: id.decode() for name, id in prepared_person(number, PEOPLE).items()}
            profile, session = await store.profile(who[b"profile"]), await store.session(who[b"session"])
            assert profile is not None
            assert profile.ids == (profile.id,)
            assert session is not None
            assert session.profile is not None
            assert session.profile.id == profile.id
            page = await store.events(EventQuery(profile=profile.id), limit=10)
            assert [stored.event.source.id for stored in page.items] == [source] * (EVENTS // PEOPLE)
    finally:
        await store.close()
    assert list(verify_folder(tmp_path / "data")) == []


async def test_prepared_people_are_known_when_they_return(tmp_path: Path) -> None:
    source = prepare(tmp_path / "data", Population(people=PEOPLE))
    with real_server(tmp_path / "data") as server, idle_load_tool() as tool:
        tool.know(server.url, source, PEOPLE)
        answers = tool.send(Scenario(connections=2, events=1, people="returning"), 0.3)
    assert answers.requests > 0
    store = await EmbeddedStore.open(tmp_path / "data", Limits(), materialise="inline")
    try:
        known = await store.people(limit=10 * (MODELS + PEOPLE))
        assert len([id for id in known if "-a000-" in id]) == PEOPLE
        assert len(known) < PEOPLE + MODELS + 40  # The newcomers who were met at the same moment, and nobody since.
    finally:
        await store.close()


def test_every_folder_is_measured_in_every_scenario_and_started_after_a_crash(tmp_path: Path) -> None:
    populations = [Population(people=10), Population(people=PEOPLE, events=EVENTS)]
    told: list[str] = []
    grown = growth.measure(populations, growth.plan_of(turns=1, seconds=0.2), tmp_path, told.append)
    assert [each.population for each in grown] == populations
    assert [[cell.scenario for cell in each.cells] for each in grown] == [list(growth.SCENARIOS)] * 2
    assert all(cell.requests_per_s > 0 and not cell.refused for each in grown for cell in each.cells)
    assert all(0 < each.start.ready_s <= each.start.caught_up_s for each in grown)
    assert list(tmp_path.iterdir()) == [path for path in tmp_path.iterdir() if path.suffix == ".log"]


def test_the_median_of_the_turns_stands_for_a_scenario() -> None:
    cells = [replace(a_cell(), requests_per_s=each, refused={"503": 1}) for each in (900, 1_000, 5_000)]
    typical = growth.typical(cells)
    assert typical.requests_per_s == 1_000
    assert typical.refused == {"503": 3}


def test_what_costs_too_much_more_is_told() -> None:
    few, many = a_grown(people=10, requests_per_s=1_000), a_grown(people=1_000, requests_per_s=700)
    missed = [verdict.promise for verdict in growth.verdicts([[few, many]]) if not verdict.is_held]
    assert missed == ["1,000 people, new: >= 0.8"]


def test_the_page_shows_the_newest_recorded_runs() -> None:
    figures = growth_report.block(
        growth_report.newest_groups(growth_report.growth_lines()), growth_report.steady_lines()
    )
    text = growth_report.PAGE.read_text()
    assert growth_report.page_with(text, figures) == text


def test_of_people_and_of_events_the_group_that_was_measured_last_is_shown() -> None:
    by_people = [[a_grown(people=10, requests_per_s=each)] for each in (1_000, 2_000)]
    by_events = [a_grown(people=10, events=100, requests_per_s=3_000)]
    older, newer = a_growth_line("older", [by_people[0], by_events]), a_growth_line("newer", [by_people[1]])
    newest = growth_report.newest_groups([older, newer])
    assert newest == [(newer, by_people[1]), (older, by_events)]


def test_each_folder_stands_beside_the_first_of_its_group() -> None:
    few, many = a_grown(people=10, requests_per_s=1_000), a_grown(people=1_000, requests_per_s=700)
    block = growth_report.block(growth_report.newest_groups([a_growth_line("abc", [[few, many]])]), [])
    assert "| 10 people | new | 1,000 | 1.00 " in block
    assert "| 1,000 people | new | 700 | 0.70 " in block
    assert "| 1,000 people | 1 MiB | 1.00 s | 1.0 MiB | 2.0 s |" in block


def a_growth_line(commit: str, groups: list[list[growth.Grown]]) -> growth.GrowthLine:
    line = a_line(commit)
    return growth.GrowthLine(
        commit=commit,
        dirty=False,
        date=line.date,
        machine=line.machine,
        disk=line.disk,
        plan=line.plan,
        groups=groups,
    )


def a_grown(*, people: int, events: int = 0, requests_per_s: float) -> growth.Grown:
    return growth.Grown(
        population=Population(people=people, events=events),
        folder_mib=1,
        cells=[replace(a_cell(), requests_per_s=requests_per_s)],
        start=growth.Start(ready_s=1, lag_mib=1, caught_up_s=2),
    )
