"""What a start has taken up of the journal is durable before anything is built on it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from sojourn.ports.errors import StoreBroken, StoreUnavailable
from sojourn.stores.embedded.frames import START, Frame, Place
from sojourn.stores.embedded.journal import Journal
from sojourn.stores.embedded.recovery import mend_tail
from sojourn.stores.embedded.segments import segments
from tests.simulation.disk import End, ForgetfulDisk, Loss, Plan

SEGMENT_BYTES = 4096
ALL_IS_LOST = (Loss(0, 0),)


class Machine:
    """A journal on a disk that forgets all that was not synced, through one end after another."""

    def __init__(self, folders: Iterator[Path]) -> None:
        self._folders = folders
        self.disk = ForgetfulDisk(next(self._folders), random.Random(1), losses=ALL_IS_LOST)

    def journal(self, end: Place = START) -> Journal:
        return Journal(self.disk.folder, end, segment_bytes=SEGMENT_BYTES, disk=self.disk.of_journal)

    def start(self) -> tuple[list[bytes], Place]:
        frames: list[Frame] = []
        tail = mend_tail(self.disk.folder, START, frames.append, self.disk.of_journal)
        return [frame.payload for frame in frames], tail.end

    def end(self, end: End) -> None:
        self.disk.end(end)
        self.disk = self.disk.left_in(next(self._folders))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    def folders() -> Iterator[Path]:
        for number in count():
            folder = tmp_path / f"life-{number}"
            folder.mkdir()
            yield folder

    return Machine(folders())


def test_a_record_that_was_written_and_not_synced_is_synced_when_a_start_takes_it_up(machine: Machine) -> None:
    with machine.journal() as journal:
        journal.append(b"first")
        machine.disk.plan = Plan(ends_at=machine.disk.calls + 2, end=End.KILL)
        with pytest.raises(StoreBroken):
            journal.append(b"killed before its sync")
    machine.end(End.KILL)
    taken_up, _ = machine.start()
    assert taken_up == [b"first", b"killed before its sync"]
    machine.end(End.POWER_CUT)
    assert machine.start()[0] == taken_up


def test_a_record_whose_sync_failed_is_written_anew_when_a_start_takes_it_up(machine: Machine) -> None:
    with machine.journal() as journal:
        journal.append(b"first")
        machine.disk.plan = Plan(error_at=machine.disk.calls + 2)
        with pytest.raises(StoreBroken):
            journal.append(b"its sync failed")
    machine.end(End.KILL)
    taken_up, _ = machine.start()
    assert taken_up == [b"first", b"its sync failed"]
    machine.end(End.POWER_CUT)
    assert machine.start()[0] == taken_up


def test_the_name_of_a_segment_is_synced_when_a_start_takes_it_up(machine: Machine) -> None:
    with machine.journal() as journal, suppress(StoreBroken, StoreUnavailable):
        journal.append(b"first")
        machine.disk.plan = Plan(ends_at=machine.disk.calls + 7, end=End.KILL)
        journal.rotate()
    assert len(segments(machine.disk.folder)) == 2
    machine.end(End.KILL)
    _, end = machine.start()
    with machine.journal(end) as journal:
        journal.append(b"second")
    machine.end(End.POWER_CUT)
    assert machine.start()[0] == [b"first", b"second"]
