"""What is measured of the machine and of processes is what they did."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.hot_path import costs
from sojourn.bench.machine import disk, filesystem_of, folder_bytes
from sojourn.bench.processes import cpu_s, descendants, usage

WORKING_CHILD = "import sys; sum(range(2_000_000)); print('done', flush=True); sys.stdin.read()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKING_CHILD!r}])"


def test_the_work_of_a_child_is_told_apart_from_that_of_its_parent() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=pipe, stdout=pipe) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdout.readline()
        [child] = descendants(parent.pid)
        used = usage(parent.pid)
        assert 0 < used.children_cpu_s <= cpu_s([child])
        assert 0 < used.own_cpu_s <= cpu_s([parent.pid])
        assert used.pss_bytes > 0
        parent.stdin.close()


def test_a_process_that_has_ended_has_no_children_and_uses_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert descendants(process.pid) == []
    assert cpu_s([process.pid]) == 0


def test_the_files_of_a_folder_are_counted_without_those_of_the_one_left_out(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "0").write_bytes(b"x" * 100)
    (tmp_path / "events" / "day").mkdir(parents=True)
    (tmp_path / "events" / "day" / "1").write_bytes(b"x" * 20)
    (tmp_path / "state").write_bytes(b"x" * 3)
    assert folder_bytes(tmp_path, without="journal") == 23


def test_measuring_the_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    measured = disk(tmp_path)
    assert measured.filesystem == filesystem_of(tmp_path)
    assert measured.append_4_kib.per_s > 0
    assert list(tmp_path.iterdir()) == []


def test_a_profile_shares_a_request_out_to_the_functions_of_its_stacks() -> None:
    stacks = "serve (a.py);decide (b.py);decide (b.py) 6\nserve (a.py);write (c.py) 4\n"
    rows = [line.split() for line in costs(stacks, us_each=200).splitlines()[1:]]
    assert rows == [["120.0", "120.0", "decide", "(b.py)"], ["80.0", "80.0", "write", "(c.py)"]]
