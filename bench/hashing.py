"""`python -m bench.hashing COUNT`: bcrypt alone, in as many threads as the server has. Says the seconds it took."""

import sys
import time
from concurrent import futures

import bcrypt

from bench import world as world_
from handlers.core import settings as core_settings

PASSWORD = b"a password for measuring"


def main() -> None:
    """Checks the right password so often."""
    count = int(sys.argv[1])
    password_hash = bcrypt.hashpw(PASSWORD, bcrypt.gensalt(world_.BCRYPT_COST))
    with futures.ThreadPoolExecutor(core_settings.Passwords().threads) as threads:
        began = time.perf_counter()
        checked = list(threads.map(lambda _: bcrypt.checkpw(PASSWORD, password_hash), range(count)))
        seconds = time.perf_counter() - began
    assert all(checked)
    sys.stdout.write(f"{seconds}\n")


if __name__ == "__main__":
    main()
