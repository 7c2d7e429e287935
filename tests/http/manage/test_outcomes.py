"""How many events ended how, and what was put aside."""

from __future__ import annotations

from sojourn.core.changes import Tally
from sojourn.core.outcomes import DROPPED_BOT, DUPLICATE, KEPT, QUARANTINED_SHAPE, REFUSED_BUSY, REFUSED_ORIGIN
from sojourn.testing.builders import a_quarantined, a_tally, noon_plus
from sojourn.testing.stores import keep
from tests.http.manage.desk import Desk, a_desk


async def test_outcomes_count_by_fate_and_reason(desk: Desk) -> None:
    await keep(
        desk.store,
        a_tally("shop", KEPT, 5, unsaved=2),
        a_tally("shop", DUPLICATE, 1),
        a_tally("shop", DROPPED_BOT, 2),
        a_tally("app", KEPT, 1),
        a_tally("app", QUARANTINED_SHAPE, 3),
        a_tally("", REFUSED_ORIGIN, 4),
        a_tally("", REFUSED_BUSY, 1),
    )
    assert await desk.get("/outcomes") == {
        "received": 17,
        "kept": 6,
        "duplicate": 1,
        "dropped": {"bot": 2},
        "quarantined": {"shape": 3},
        "refused": {"origin": 4, "busy": 1},
        "unsaved": 2,
    }


async def test_outcomes_of_one_source_count_only_its_events(desk: Desk) -> None:
    await keep(desk.store, a_tally("shop", KEPT, 5), a_tally("app", KEPT, 1))
    assert (await desk.get("/outcomes", params={"source": "app"}))["received"] == 1


async def test_nothing_received_is_all_zero(desk: Desk) -> None:
    expected = {"received": 0, "kept": 0, "duplicate": 0, "dropped": {}, "quarantined": {}, "refused": {}, "unsaved": 0}
    assert await desk.get("/outcomes") == expected


async def test_refusals_are_counted_before_they_are_told() -> None:
    async def counted() -> tuple[Tally, ...]:
        await keep(desk.store, a_tally("", REFUSED_ORIGIN, 1))
        return ()

    async with a_desk(counted=counted) as desk:
        assert (await desk.get("/outcomes"))["refused"] == {"origin": 1}


async def test_counts_that_cannot_be_kept_now_are_told_with_those_that_are() -> None:
    async def counted() -> tuple[Tally, ...]:
        return a_tally("shop", REFUSED_BUSY, 2), a_tally("app", REFUSED_BUSY, 3)

    async with a_desk(counted=counted) as desk:
        await keep(desk.store, a_tally("shop", KEPT, 5))
        assert (await desk.get("/outcomes"))["refused"] == {"busy": 5}
        of_shop = await desk.get("/outcomes", params={"source": "shop"})
        assert (of_shop["received"], of_shop["kept"], of_shop["refused"]) == (7, 5, {"busy": 2})


async def test_quarantine_lists_the_exact_text_newest_first(desk: Desk) -> None:
    await keep(
        desk.store,
        a_quarantined("q1", at=noon_plus(1), raw='{"type":  ""}'),
        a_quarantined("q2", at=noon_plus(2), source="app"),
    )
    listing = await desk.get("/quarantine")
    assert [item["id"] for item in listing["items"]] == ["q2", "q1"]
    assert listing["items"][1] == {
        "id": "q1",
        "at": "2026-06-01T12:00:01Z",
        "source": "shop",
        "reason": "shape",
        "loc": ["body", "events", 0, "type"],
        "raw": '{"type":  ""}',
        "entry": "rest",
        "type": None,
        "profile_less": False,
    }


async def test_quarantine_of_one_source_lists_only_its_events(desk: Desk) -> None:
    await keep(desk.store, a_quarantined("q1"), a_quarantined("q2", source="app"))
    listing = await desk.get("/quarantine", params={"source": "app"})
    assert [item["id"] for item in listing["items"]] == ["q2"]


async def test_pages_of_the_quarantine_join(desk: Desk) -> None:
    await keep(desk.store, *(a_quarantined(f"q{number}", at=noon_plus(number)) for number in range(3)))
    first = await desk.get("/quarantine", params={"limit": 2})
    second = await desk.get("/quarantine", params={"limit": 2, "cursor": first["next"]})
    assert [item["id"] for item in first["items"] + second["items"]] == ["q2", "q1", "q0"]
