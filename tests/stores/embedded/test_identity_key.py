"""The secret of a folder is made once, is nobody's business, and is never taken for another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.stores.embedded.errors import UnreadableFolder, WrongSecret
from sojourn.stores.embedded.identity_key import KEY_FILE, KeyFile, identity_secret, state_of_key_file
from sojourn.stores.memory import MemoryCatalog

TOLD = "a long random text of more than 32 characters"


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_the_first_start_makes_a_secret_that_only_its_owner_can_read(
    tmp_path: Path, catalog: MemoryCatalog
) -> None:
    secret = await identity_secret(tmp_path, catalog, None, bits=7)
    file = tmp_path / KEY_FILE
    assert (len(bytes.fromhex(secret.decode())), file.read_text().strip()) == (32, secret.decode())
    assert file.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == [KEY_FILE]


async def test_later_starts_have_the_same_secret(tmp_path: Path, catalog: MemoryCatalog) -> None:
    first = await identity_secret(tmp_path, catalog, None, bits=7)
    assert await identity_secret(tmp_path, catalog, None, bits=8) == first


async def test_a_secret_that_was_made_before_a_crash_is_taken(tmp_path: Path, catalog: MemoryCatalog) -> None:
    first = await identity_secret(tmp_path, catalog, None, bits=7)
    assert await identity_secret(tmp_path, MemoryCatalog(), None, bits=8) == first


async def test_a_secret_that_is_told_makes_no_file(tmp_path: Path, catalog: MemoryCatalog) -> None:
    assert await identity_secret(tmp_path, catalog, f" {TOLD}\n", bits=7) == TOLD.encode()
    assert names(tmp_path) == []


async def test_the_content_of_the_file_may_be_told_instead(tmp_path: Path, catalog: MemoryCatalog) -> None:
    secret = await identity_secret(tmp_path, catalog, None, bits=7)
    (tmp_path / KEY_FILE).unlink()
    assert await identity_secret(tmp_path, catalog, secret.decode(), bits=8) == secret


async def test_a_missing_file_is_never_made_anew(tmp_path: Path, catalog: MemoryCatalog) -> None:
    await identity_secret(tmp_path, catalog, None, bits=7)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(WrongSecret, match=r"identity\.key is missing"):
        await identity_secret(tmp_path, catalog, None, bits=7)
    assert names(tmp_path) == []


async def test_another_secret_is_refused_and_not_shown(tmp_path: Path, catalog: MemoryCatalog) -> None:
    first = await identity_secret(tmp_path, catalog, None, bits=7)
    with pytest.raises(WrongSecret, match="`identity_secret`") as refused:
        await identity_secret(tmp_path, catalog, TOLD, bits=7)
    assert TOLD not in str(refused.value)
    (tmp_path / KEY_FILE).write_text("0" * 64)
    with pytest.raises(WrongSecret, match=r"identity\.key"):
        await identity_secret(tmp_path, catalog, None, bits=7)
    assert first.decode() not in str(catalog.identity_fingerprint())


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 64])
async def test_a_file_without_a_secret_is_told(tmp_path: Path, catalog: MemoryCatalog, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(UnreadableFolder, match=r"identity\.key"):
        await identity_secret(tmp_path, catalog, None, bits=7)
    assert state_of_key_file(tmp_path) is KeyFile.UNFIT


async def test_the_state_of_the_file_is_told(tmp_path: Path, catalog: MemoryCatalog) -> None:
    states = [state_of_key_file(tmp_path)]
    await identity_secret(tmp_path, catalog, None, bits=7)
    states.append(state_of_key_file(tmp_path))
    (tmp_path / KEY_FILE).chmod(0o640)
    states.append(state_of_key_file(tmp_path))
    assert states == [KeyFile.MISSING, KeyFile.GOOD, KeyFile.EXPOSED]
