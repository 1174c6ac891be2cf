"""Files by their content: each is named by its SHA-256, written once, never changed. All work is done in threads.

A file that is there is whole and durable, whenever the power goes: it is written under another name, flushed to disk,
and only then given its own. Folders by the first byte of the hash keep each short.
"""

import asyncio
import contextlib
import os
import secrets
import time
from pathlib import Path

UNFINISHED = ".part"
SHARDS = 256


class Files:
    """A folder of files. It is made when the first file comes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, content_hash: bytes, content: bytes) -> None:
        """Keeps a content; when this returns it is durable. Refuses: OSError."""
        await asyncio.to_thread(self._put, content_hash, content)

    async def find(self, content_hash: bytes) -> Path | None:
        """Where a content lies."""
        path = self._path(content_hash)
        return path if await asyncio.to_thread(path.is_file) else None

    async def remove(self, content_hash: bytes) -> None:
        """Removes a content, if it is there."""
        await asyncio.to_thread(self._path(content_hash).unlink, missing_ok=True)

    async def list_shard(self, shard: int, *, older_than_seconds: float) -> list[bytes]:
        """The contents whose hash begins with this byte that were there so long ago already.

        What somebody began to write so long ago and never finished is removed.
        """
        return await asyncio.to_thread(self._list_shard, shard, older_than_seconds)

    def _path(self, content_hash: bytes) -> Path:
        return self._directory / content_hash[:1].hex() / content_hash.hex()

    def _put(self, content_hash: bytes, content: bytes) -> None:
        path = self._path(content_hash)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One of another length was damaged by something else than us.
        if not path.is_file() or path.stat().st_size != len(content):
            unfinished = path.with_name(f"{secrets.token_hex(8)}{UNFINISHED}")
            try:
                with unfinished.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
        # Also for a file that was there: whoever wrote it may be just about to do this.
        for folder in (path.parent, self._directory, self._directory.parent):
            _flush_folder(folder)

    def _list_shard(self, shard: int, older_than_seconds: float) -> list[bytes]:
        found = []
        latest = time.time() - older_than_seconds
        with contextlib.suppress(FileNotFoundError), os.scandir(self._directory / f"{shard:02x}") as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError, ValueError):
                    if entry.stat(follow_symlinks=False).st_mtime > latest:
                        continue
                    if entry.name.endswith(UNFINISHED):
                        Path(entry.path).unlink()
                    else:
                        found.append(bytes.fromhex(entry.name))
        return found


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
