"""Passwords: hashed beside everybody else's work, whole however long, and the same work whoever is asked for."""

import asyncio
import os
import threading
from collections.abc import Iterator

import bcrypt
import pytest

from handlers.core import audit, context, crew, operators, passwords, refusals, sessions, settings
from tests import people

VISIT = audit.Visit(api="whoami", address="203.0.113.7")
LONG = "x" * 72


def hasher(**wishes: int) -> passwords.Hasher:
    return passwords.Hasher(settings.Passwords(**{"bcrypt_cost": 4, **wishes}))


@pytest.fixture
def cheap() -> Iterator[passwords.Hasher]:
    made = hasher()
    yield made
    made.close()


class Gate:
    """bcrypt that does not end before it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.niceness: list[int] = []
        self.checked: list[bytes] = []
        for name in ("hashpw", "checkpw"):
            monkeypatch.setattr(bcrypt, name, self._waiting(getattr(bcrypt, name)))

    def _waiting(self, real):
        def wait(password: bytes, salt: bytes):
            self.niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            self.checked.append(salt)
            assert self.open.wait(10)
            return real(password, salt)

        return wait


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.open.set()


async def test_the_right_one_fits_and_no_other(cheap: passwords.Hasher) -> None:
    for password in ("somepassword", "пароль пароль", "広場の合言葉です", "with\0a NUL", " blanks around ", LONG):
        made = await cheap.hash(password)
        assert made.startswith("$2b$04$")
        assert made != await cheap.hash(password)
        assert await cheap.check(password, made)
        for other in (password + " ", password[:-1], password.upper() + "!", ""):
            assert not await cheap.check(other, made)


@pytest.mark.parametrize(
    ("one", "other"),
    [(LONG + "a", LONG + "b"), (LONG, LONG + "a"), ("é" * 100, "é" * 99 + "è"), ("a\0" + "b" * 8, "a\0" + "c" * 8)],
    ids=["beyond 72 bytes", "at 72 bytes", "of two bytes each", "after a NUL"],
)
async def test_every_byte_of_it_counts(cheap: passwords.Hasher, one: str, other: str) -> None:
    """bcrypt alone would take the first 72 bytes, up to the first NUL."""
    made = await cheap.hash(one)
    assert await cheap.check(one, made)
    assert not await cheap.check(other, made)


@pytest.mark.parametrize(("password", "is_strong"), [("1234567", False), ("12345678", True), ("広場の合言葉で", False)])
def test_a_new_one_has_eight_characters(password: str, is_strong: bool) -> None:
    if is_strong:
        passwords.require_strength(password)
    else:
        with pytest.raises(refusals.WeakPassword):
            passwords.require_strength(password)


async def test_beyond_the_queue_it_is_too_much(gate: Gate) -> None:
    busy = hasher(threads=2, queue_max=5)
    waiting = [asyncio.create_task(busy.hash("somepassword")) for _ in range(5)]
    await asyncio.sleep(0)
    for _ in range(3):
        with pytest.raises(refusals.Overloaded) as refused:
            await busy.hash("somepassword")
        assert refused.value.retry_after_seconds > 0
    with pytest.raises(refusals.Overloaded):
        await busy.check("somepassword", "$2b$04$whatever it is")
    # Who gives up keeps the place: the thread goes on.
    waiting[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting.pop(0)
    with pytest.raises(refusals.Overloaded):
        await busy.hash("somepassword")
    gate.open.set()
    assert len(set(await asyncio.gather(*waiting))) == 4
    assert await busy.hash("somepassword")
    busy.close()


async def test_the_loop_goes_on_and_the_threads_step_back(gate: Gate) -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    nice = hasher(threads=2)
    hashing = [asyncio.create_task(nice.hash("somepassword")) for _ in range(4)]
    # Both threads are in it, and the loop is not.
    async with asyncio.timeout(5):
        while len(gate.niceness) < 2:
            await asyncio.sleep(0.001)
    gate.open.set()
    await asyncio.gather(*hashing)
    assert set(gate.niceness) == {crew.NICENESS}
    assert os.getpriority(os.PRIO_PROCESS, 0) == ours
    nice.close()


async def test_who_is_unknown_costs_one_check_too(
    town: people.Town, core: context.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so does who is shut out: nobody learns by the time that it takes who there is."""
    for name in ("emma", "noah"):
        await town.member(name)
    await operators.disable(core, audit.COMMAND_LINE, "noah")
    await core.hasher.prepare()
    gate = Gate(monkeypatch)
    gate.open.set()
    costs = {}
    guesses = {"emma": "not this one", "noah": people.PASSWORD, "nobody": "any", "nobody@hiroba.example": "any"}
    for login, password in guesses.items():
        with pytest.raises(refusals.WrongCredentials):
            await sessions.sign_in(core, VISIT, login=login, password=password)
        costs[login] = [salt[:7] for salt in gate.checked]
        gate.checked.clear()
    assert all(cost == [b"$2b$04$"] for cost in costs.values()), costs


async def test_unknown_ones_that_come_first_and_at_once_wait_for_one_hash(cheap: passwords.Hasher) -> None:
    assert await asyncio.gather(*(cheap.check("somepassword", None) for _ in range(10))) == [False] * 10
