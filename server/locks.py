"""Locks between processes, on files. The kernel lets go of them when their holder dies, however it dies.

A lock belongs to what was opened, not to the process: two locks of one file exclude each other inside one process too,
and a child that inherits the descriptor goes on holding it.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

POLL_SECONDS = 0.01


class Busy(Exception):
    """Somebody else held the lock all the time."""


@contextlib.contextmanager
def held(path: Path, *, patience_seconds: float) -> Iterator[None]:
    """Holds the lock alone for the time of a block. *Refuses*: Busy, when it was not free in time."""
    deadline = time.monotonic() + patience_seconds
    while (descriptor := try_exclusive(path)) is None:
        if time.monotonic() > deadline:
            raise Busy(f"{path} is held by another process")
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        release(descriptor)


def try_exclusive(path: Path) -> int | None:
    """Takes the lock alone: a descriptor for `release`, or None while anybody else holds it."""
    return _try(path, fcntl.LOCK_EX)


def try_shared(path: Path) -> int | None:
    """Takes the lock together with others: a descriptor for `release`, or None while somebody holds it alone."""
    return _try(path, fcntl.LOCK_SH)


def release(descriptor: int) -> None:
    """Lets go. A child that inherited the descriptor holds on."""
    os.close(descriptor)


def _try(path: Path, how: int) -> int | None:
    # Never through a symbolic link: the folder may belong to a user with fewer rights than ours.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
