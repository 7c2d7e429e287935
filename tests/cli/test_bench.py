"""`sojourn bench` measures a real server, and tells what it found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.typing import Terminal


@pytest.mark.slow
def test_each_kind_of_traffic_is_measured_beside_the_floor(terminal: Terminal, tmp_path: Path) -> None:
    here = ("--where", str(tmp_path), "--quick", "--connections", "4", "--events", "3")
    ended = terminal.types_bare("bench", *here, "--json")
    assert ended.code == 0, ended.stderr
    cells = ended.document["cells"]
    assert [(cell["scenario"]["people"], cell["scenario"]["kind"]) for cell in cells] == [
        ("new", "told"),
        ("returning", "told"),
        ("returning", "plain"),
    ]
    assert all(cell["requests_per_s"] > 0 and not cell["refused"] for cell in cells)
    assert [floor["kind"] for floor in ended.document["floor"]] == ["told", "told", "plain"]
    assert list(tmp_path.iterdir()) == []
    told = ended.stderr.splitlines()
    assert len([line for line in told if line.split()[:2] == ["4", "3"]]) == len(cells)
    assert not any("\\u000a" in line for line in told)


def test_a_folder_that_does_not_exist_is_named(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal.types_bare("bench", "--where", str(tmp_path / "missing"))
    assert ended.code == 1
    assert "missing" in ended.stderr
    assert "--where" in ended.stderr
