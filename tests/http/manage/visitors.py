"""People who come to a shop with several devices, for tests of the management API."""

from __future__ import annotations

from itertools import count
from typing import Any

from sojourn.core.events import SentEvent
from tests.builders import a_source, a_submission
from tests.http.manage.desk import Desk

ANN = {"email": {"main": "ann@mail.example"}}
BOB = {"email": {"main": "bob@mail.example"}}

_numbers = count(1)


async def visit(desk: Desk, session: str, type: str = "page-view", properties: dict[str, Any] | None = None) -> str:
    """Send an event, a minute after the one before; the id of the profile in the answer."""
    desk.clock.turn(minutes=1)
    number = next(_numbers)
    submission = a_submission(
        SentEvent(type=type, properties=properties or {}),
        id=f"request-{number}",
        entropy=number,
        received_at=desk.clock.now(),
        session_id=session,
        source=a_source(),
    )
    return (await desk.parts.submit(submission)).profile_id or ""


async def two_devices_of_ann(desk: Desk) -> tuple[str, str]:
    """Both tell the same e-mail, and so are one person; the ids of both, the survivor's first."""
    phone, laptop = await visit(desk, "phone"), await visit(desk, "laptop")
    await visit(desk, "phone", "sign-in", ANN)
    await visit(desk, "laptop", "sign-in", ANN)
    return phone, laptop


async def two_strangers(desk: Desk) -> tuple[str, str]:
    """Two who told nothing of themselves."""
    return await visit(desk, "one"), await visit(desk, "two")


async def ann_and_bob_on_one_device(desk: Desk) -> tuple[str, str]:
    """Both are known when Bob's device tells Ann's e-mail, so that it is held back."""
    ann = await visit(desk, "anns", "sign-in", ANN)
    bob = await visit(desk, "bobs", "sign-in", BOB)
    await visit(desk, "bobs", "sign-in", ANN)
    return ann, bob
