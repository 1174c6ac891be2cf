"""Files by their content: whole or not there, whatever happens while they are written."""

import asyncio
import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from storage import files as files_

CONTENT = b"a picture" * 1000
HASH = hashlib.sha256(CONTENT).digest()


@pytest.fixture
def files(tmp_path: Path) -> files_.Files:
    return files_.Files(tmp_path / "var" / "media")


def lying(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_what_is_put_is_found_until_it_is_removed(files: files_.Files, tmp_path: Path):
    assert await files.find(HASH) is None
    await files.put(HASH, CONTENT)
    found = await files.find(HASH)
    assert found is not None
    assert found.read_bytes() == CONTENT
    assert lying(tmp_path) == [found]
    await files.remove(HASH)
    await files.remove(HASH)
    assert (await files.find(HASH), lying(tmp_path)) == (None, [])


async def test_the_same_content_at_once_is_one_file(files: files_.Files, tmp_path: Path):
    await asyncio.gather(*(files.put(HASH, CONTENT) for _ in range(20)))
    assert len(lying(tmp_path)) == 1


async def test_what_cannot_be_written_leaves_nothing(files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await files.put(HASH, CONTENT)
    assert lying(tmp_path) == []
    assert await files.find(HASH) is None


async def test_a_name_is_given_after_the_content_is_on_disk(files, monkeypatch: pytest.MonkeyPatch):
    happened = []
    flush, rename = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        happened.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        flush(descriptor)

    def replace(path: Path, target: Path) -> Path:
        happened.append("name")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    await files.put(HASH, CONTENT)
    assert happened == ["file", "name", "folder", "folder", "folder"]
    happened.clear()
    # It may have been named a moment ago by somebody who has not come to flush the folder yet.
    await files.put(HASH, CONTENT)
    assert happened == ["folder"] * 3


async def test_a_damaged_file_is_replaced(files: files_.Files):
    await files.put(HASH, CONTENT)
    path = await files.find(HASH)
    path.write_bytes(b"")
    await files.put(HASH, CONTENT)
    assert path.read_bytes() == CONTENT


async def test_a_shard_lists_what_is_old_and_drops_what_was_never_finished(files: files_.Files):
    assert await files.list_shard(HASH[0], older_than_seconds=0) == []
    await files.put(HASH, CONTENT)
    path = await files.find(HASH)
    young, old = path.with_name("1.part"), path.with_name("2.part")
    young.touch()
    old.touch()
    (path.parent / "notes.txt").touch()
    for one in (path, old, path.parent / "notes.txt"):
        os.utime(one, (time.time() - 100, time.time() - 100))
    assert await files.list_shard(HASH[0], older_than_seconds=200) == []
    assert await files.list_shard(HASH[0], older_than_seconds=50) == [HASH]
    assert (young.exists(), old.exists()) == (True, False)
    assert await files.list_shard((HASH[0] + 1) % files_.SHARDS, older_than_seconds=0) == []
