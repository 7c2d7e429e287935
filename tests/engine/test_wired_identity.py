"""The settings of identity reach what they are for, and a folder is never opened with another secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.config import Settings
from sojourn.stores.embedded.identity_key import KEY_FILE
from sojourn.wiring import StartError, assembled


async def start(settings: Settings) -> None:
    """Start with these settings, and stop again."""
    async with assembled(settings, materialise="inline"):
        pass


async def test_a_folder_is_not_opened_with_another_secret(tmp_path: Path) -> None:
    await start(Settings(data=str(tmp_path)))
    with pytest.raises(StartError, match="another secret"):
        await start(Settings(data=str(tmp_path), identity_secret="x" * 32))
    await start(Settings(data=str(tmp_path)))


async def test_a_folder_is_not_opened_without_its_secret(tmp_path: Path) -> None:
    await start(Settings(data=str(tmp_path)))
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(StartError, match="missing"):
        await start(Settings(data=str(tmp_path)))


async def test_a_region_that_does_not_exist_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="`XX`"):
        await start(Settings(data=str(tmp_path), default_region="XX"))
