"""Slow clients are told so, and all others are answered meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import slow


@pytest.mark.slow
def test_others_are_answered_beside_slow_clients_which_are_closed(tmp_path: Path) -> None:
    seen = slow.measure(tmp_path, seconds=0.5, slow=100, large=20)
    assert (seen.not_kept, seen.told) == (0, 100)
    assert min(seen.alone_ms, seen.beside_slow_ms, seen.beside_large_ms) > 0
