"""The server's one secret, from which `handlers.core.keys` derives all keys: given, or made once and kept in a file."""

import contextlib
import os
import secrets
from pathlib import Path

from handlers.core import keys
from server import locks, settings

SECRET_BYTES = 32
PATIENCE_SECONDS = 10


class Unusable(Exception):
    """The file holds no secret, or cannot be read or made. The text names it."""


def of(wishes: settings.Secrets) -> str:
    """The secret of the configuration, else that of its file, which is made if it is not there. *Refuses*: Unusable."""
    if wishes.key:
        return wishes.key
    path = Path(wishes.file)
    try:
        return _read(path) or _make(path)
    except locks.Busy:
        raise Unusable(f"{path} is being made by another process for too long") from None
    except (OSError, UnicodeError) as fault:
        raise Unusable(f"{path} can be neither read nor made: {fault}") from fault


def _read(path: Path) -> str | None:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    if len(text) < keys.SECRET_CHARACTERS_MIN:
        raise Unusable(f"{path} holds no secret: it has less than {keys.SECRET_CHARACTERS_MIN} characters")
    if path.stat().st_mode & 0o077:
        # Copied without care. Where it cannot be helped (mounted read-only), it is the owner's affair.
        with contextlib.suppress(OSError):
            path.chmod(0o600)
    return text


def _make(path: Path) -> str:
    """Whoever comes first makes it; all who come at the same time read that one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with locks.held(path.with_name(path.name + ".lock"), patience_seconds=PATIENCE_SECONDS):
        made_meanwhile = _read(path)
        if made_meanwhile is not None:
            return made_meanwhile
        secret = secrets.token_urlsafe(SECRET_BYTES)
        # Written beside and renamed, so that a crash never leaves half a secret.
        fresh = path.with_name(path.name + ".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    return secret
