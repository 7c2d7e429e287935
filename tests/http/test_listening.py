"""A crowd of newcomers is let in at once, however long the turns of the event loop are."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import ExitStack

import pytest
import uvloop
from structlog.testing import capture_logs

from sojourn.http import listening
from sojourn.http.listening import Acceptor

CROWD = 100


def test_a_crowd_is_let_in_within_a_few_turns() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(turns_until_all_are_in()) < 10


async def turns_until_all_are_in() -> int:
    """How often the event loop turns until everybody who waits has a connection."""
    arrived: list[asyncio.BaseTransport] = []

    class Arrival(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            arrived.append(transport)

    with ExitStack() as stack:
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=CROWD))
        for _ in range(CROWD):
            stack.enter_context(socket.create_connection(door.getsockname()))
        acceptor = Acceptor(door, Arrival, lambda _: b"")
        turns = 0
        while len(arrived) < CROWD:
            turns += 1
            await asyncio.sleep(0)
        acceptor.close()
        for transport in arrived:
            transport.close()
    return turns


async def test_a_crowd_that_is_too_many_is_told_so_in_one_turn() -> None:
    turned_away = 0
    begun = asyncio.Event()

    def words(_: int) -> bytes:
        nonlocal turned_away
        turned_away += 1
        begun.set()
        acceptor.close()  # What is not told in this turn is never told.
        return b"come again"

    with ExitStack() as stack:
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=CROWD))
        crowd = [stack.enter_context(socket.create_connection(door.getsockname())) for _ in range(CROWD)]
        acceptor = Acceptor(door, asyncio.Protocol, words)
        await begun.wait()
        assert turned_away == CROWD
        assert {newcomer.recv(100) for newcomer in crowd} == {b"come again"}


class FullDoor(socket.socket):
    """A socket that says once that there are too many files already."""

    is_full = True

    def accept(self) -> tuple[socket.socket, object]:
        if FullDoor.is_full:
            FullDoor.is_full = False
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


async def test_when_no_more_files_can_be_open_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = asyncio.Event()

    class Arrival(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            arrived.set()
            transport.close()

    monkeypatch.setattr(listening, "_PAUSE_S", 0.01)
    with FullDoor() as door, capture_logs() as logged:
        door.bind(("127.0.0.1", 0))
        door.listen()
        acceptor = Acceptor(door, Arrival, lambda _: b"")
        with socket.create_connection(door.getsockname()):
            await arrived.wait()
        acceptor.close()
    assert [line["reason"] for line in logged] == ["Too many open files"]
