"""The server as a process of its own: started, talked to, killed and ended as the world does it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from server import embedded, locks
from tests import serving
from tests.server import clusters

START_SECONDS_MAX = 20
POLL_SECONDS = 0.01
# Quick where the real ones would only make a test wait.
SETTINGS = {
    "LOGS_FORMAT": "json",
    "PASSWORDS_BCRYPT_COST": "4",
    "MAIL_POLL_SECONDS": "0.2",
    "MAIL_LEASE_SECONDS": "1",
    "MAIL_BACKOFF_FIRST_SECONDS": "0.1",
}


def free_port() -> int:
    """One that nobody listens on at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _heed_hangups() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


async def until(true: Callable[[], Any], seconds: float = 10) -> None:
    """Waits for what happens in another process; fails if it does not."""
    deadline = time.monotonic() + seconds
    while True:
        answer = true()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return
        assert time.monotonic() < deadline, "it did not come to be so"
        await asyncio.sleep(POLL_SECONDS)


class Server:
    """One server's folder, port and settings, and its process, if it runs."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.postgres = folder / "postgres"
        self.key = folder / "server.key"
        self.log = folder / "log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {
            **SETTINGS,
            "SERVER_PORT": str(self.port),
            "DATABASE_DIRECTORY": str(self.postgres),
            "SECRETS_FILE": str(self.key),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    @property
    def dsn(self) -> str:
        """Its embedded PostgreSQL's, as superuser."""
        return f"postgresql://postgres@/hiroba?host={self.postgres / 'sockets'}"

    def environment(self, **settings: str) -> dict[str, str]:
        """Nothing of ours but what was set."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HIROBA_")}
        return {**clean, **{f"HIROBA_{name}": value for name, value in {**self.settings, **settings}.items()}}

    def begin(self, *arguments: str, module: str = "server", **settings: str) -> None:
        """Sets the process going, in a process group of its own as a terminal does it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=clusters.ROOT,
                env=self.environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # Under nohup the tests have it ignored, and what they start would have it so, too.
                preexec_fn=_heed_hangups,
            )
        self._began = time.monotonic()

    async def start(self, **settings: str) -> float:
        """Starts it and waits until it is ready. *Units*: seconds."""
        self.begin(**settings)
        return await self.ready()

    async def ready(self) -> float:
        """Waits until it says so. *Units*: seconds since it was set going."""
        async with aiohttp.ClientSession() as http:
            while True:
                assert self._process is not None
                assert self._process.poll() is None, f"it ended: {self.said()}"
                assert time.monotonic() - self._began < START_SECONDS_MAX, f"it does not come up: {self.said()}"
                try:
                    async with http.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return time.monotonic() - self._began
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(POLL_SECONDS)

    async def kill(self) -> None:
        """As `kill -9`: from one instruction to the next it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        await self.end(seconds=5)

    def ask_to_end(self, number: signal.Signals = signal.SIGTERM, *, group: bool = False) -> None:
        """Sends it a signal; `group`: to all processes of its group, as Ctrl-C does."""
        (os.killpg if group else os.kill)(self.pid, number)

    async def end(self, *, seconds: float = 10) -> int:
        """Waits until it has ended; answers its exit code."""
        process = self._process
        assert process is not None
        await until(lambda: process.poll() is not None, seconds)
        self._process = None
        return process.returncode

    async def stop(self) -> None:
        """Ends it as an operator does."""
        self.ask_to_end()
        assert await self.end() == 0, self.said()

    def said(self) -> str:
        """All that it wrote."""
        return self.log.read_text() if self.log.exists() else ""

    def events(self) -> list[str]:
        """The names of what it logged."""
        return [json.loads(line)["event"] for line in self.said().splitlines() if line.startswith("{")]

    def is_postgres_alive(self) -> bool:
        """Whether any process of its embedded PostgreSQL lives."""
        if not self.postgres.exists():
            return False
        free = locks.try_shared(self.postgres / "alive.lock")
        if free is not None:
            locks.release(free)
        return free is None

    async def command(
        self, *arguments: str, stdin: str | bytes = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs `python -m server ...` with the server's settings, beside it or without it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "server",
            *arguments,
            cwd=clusters.ROOT,
            env=self.environment(**settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        given = stdin.encode() if isinstance(stdin, str) else stdin
        async with asyncio.timeout(30):
            out, err = await process.communicate(given)
        assert process.returncode is not None
        return subprocess.CompletedProcess(arguments, process.returncode, out.decode(), err.decode())

    def clean_up(self) -> None:
        """Leaves nothing running."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self.is_postgres_alive():
            left = embedded.Cluster(self.postgres, log=structlog.testing.CapturingLogger())
            left.start()
            left.stop("immediate")


class Phones:
    """Phones for servers in other processes. Hung up at the end."""

    def __init__(self) -> None:
        self._phones: list[serving.Client] = []

    def phone(self, server: Server, prefix: str = "") -> serving.Client:
        """A new one, for one API."""
        self._phones.append(serving.Client(server.url, prefix))
        return self._phones[-1]

    async def member(self, server: Server, username: str, password: str) -> serving.Client:
        """Somebody who signs in to community."""
        phone = self.phone(server, "/community")
        answer = await phone.post("/login", {"username": username, "password": password})
        assert answer.status == 200, answer
        return phone

    async def mails(self, server: Server, to: str) -> list[dict[str, Any]]:
        """What arrived for an address, newest first."""
        answer = await self.phone(server).get("/mailbox/messages", params={"to": to})
        assert answer.status == 200, answer
        found: list[dict[str, Any]] = answer.body
        return found

    async def hang_up(self) -> None:
        """Closes all."""
        for phone in self._phones:
            await phone.http.close()


# Prepares a server; `fresh`: it has to make its PostgreSQL first. Settings are written without their prefix.
Servers = Callable[..., Server]
