"""The processes that are measured: each alone on the server's core, started for one measurement and ended after it."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bench import cores, figures

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS_MAX = 30
END_SECONDS_MAX = 15


class Process:
    """A process on the server's core, which listens on a port."""

    def __init__(self, popen: "subprocess.Popen[bytes]", port: int, core: int, log: Path) -> None:
        self.pid = popen.pid
        self.port = port
        self._popen = popen
        self._core = core
        self._log = log

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def resident_bytes(self) -> int:
        """The memory that it occupies."""
        return cores.resident_bytes(self.pid)

    def watch(self) -> "Watch":
        """How much it works from now on."""
        return Watch(self.pid, self._core)

    async def ready(self, path: str) -> None:
        """Waits until this path is answered with 200."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while not await self._answers(path):
            if self._popen.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it does not start:\n{self._log.read_text()[-2000:]}")
            await asyncio.sleep(0.02)

    async def _answers(self, path: str) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            return b" 200 " in await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()

    async def end(self) -> None:
        """Ends it as an operator does, and if that is no use as nobody should."""
        self._popen.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS_MAX
        while self._popen.poll() is None:
            if time.monotonic() > deadline:
                self._popen.kill()
            await asyncio.sleep(0.02)


class Watch:
    """How much of its core a process works."""

    def __init__(self, pid: int, core: int) -> None:
        self._pid = pid
        self._core = core
        self._began = time.perf_counter()
        self._before = cores.Clock.of(pid, core)

    def turn(self, count: int, seconds: float, latencies_ms: Sequence[float] = ()) -> figures.Turn:
        """What was done since, as one turn. `seconds` is what it took, where that ended before now."""
        elapsed = time.perf_counter() - self._began
        now = cores.Clock.of(self._pid, self._core)
        busy = (now.process - self._before.process) / elapsed
        all_busy = (now.core - self._before.core) / elapsed
        return figures.Turn(
            per_second=count / seconds,
            busy=busy,
            disturbed=max(0.0, all_busy - busy),
            latencies_ms=list(latencies_ms),
        )


@contextlib.asynccontextmanager
async def started(
    module: str, *arguments: str, core: int, port: int, log: Path, ready_path: str, **settings: str
) -> AsyncIterator[Process]:
    """`python -m module ...` on a core, for the time of a block. `settings` are the server's, without their prefix."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HIROBA_")}
    environment = clean | {f"HIROBA_{name}": value for name, value in settings.items()}
    with log.open("ab") as output:
        popen = subprocess.Popen(
            # It goes to its core before it is anything: its threads will be there too.
            [sys.executable, "-m", "bench.pinned", str(core), module, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    process = Process(popen, port, core, log)
    try:
        await process.ready(ready_path)
        yield process
    finally:
        await process.end()


def free_port() -> int:
    """One that nobody listens on at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
