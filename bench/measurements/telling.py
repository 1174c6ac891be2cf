"""Telling: whether the time of a failed sign-in says if there is such an account.

200 accounts that there are and 200 that there are not take turns in a random order, each from an address of its own, on
one connection. The two sets of times go through the two-sample test of Kolmogorov and Smirnov: its p is how often two
samples of one distribution would lie as far apart. Passwords are hashed at a low cost, so that nothing hides behind it.
"""

import asyncio
import math
import random
import time
from collections.abc import Sequence

import msgspec

from bench import figures, processes, requests, towns, wishes
from bench import world as world_

ACCOUNTS = 200
FIRST_ACCOUNT = 5001
BCRYPT_COST = 8
P_MIN = 0.01
SEED = 20


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """One figure: p, of the round in the middle."""
    town = await world.cheap(BCRYPT_COST)
    known = [towns.username(FIRST_ACCOUNT + n) for n in range(ACCOUNTS)]
    unknown = [f"nobody{FIRST_ACCOUNT + n}" for n in range(ACCOUNTS)]
    rounds: list[float] = []
    medians: tuple[list[float], list[float]] = ([], [])
    settings = {"PASSWORDS_BCRYPT_COST": str(BCRYPT_COST), "SERVER_TRUSTED_PROXIES": "127.0.0.1"}
    async with world.server(town, **settings) as server:
        # Not counted: whatever is done for the first time.
        await _times(server, known[:20], unknown[:20], network=250)
        for network in range(wish.long_rounds):
            samples = await _times(server, known, unknown, network=network)
            rounds.append(p_of_same(*samples))
            for kept, sample in zip(medians, samples, strict=True):
                kept.append(figures.median(sample))
    return [
        figures.Figure(
            name="telling",
            title="failed sign-ins of 200 known and 200 unknown accounts: p of one distribution",
            relation="at least",
            target=P_MIN,
            reached=figures.median(rounds),
            rounds=rounds,
            details={
                "known_p50_ms": round(figures.median(medians[0]), 3),
                "unknown_p50_ms": round(figures.median(medians[1]), 3),
            },
        )
    ]


async def _times(
    server: processes.Process, known: Sequence[str], unknown: Sequence[str], *, network: int
) -> tuple[list[float], list[float]]:
    """What each of them waited, in milliseconds."""
    order = [(name, 0) for name in known] + [(name, 1) for name in unknown]
    random.Random(SEED + network).shuffle(order)
    samples: tuple[list[float], list[float]] = ([], [])
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for number, (name, which) in enumerate(order):
        address = f"10.{network}.{number // 256}.{number % 256}"
        body = {"username": name, "password": "not the password"}
        request = requests.post("/community/login", body, forwarded_for=address)
        began = time.perf_counter()
        writer.write(request)
        status = await _status(reader)
        samples[which].append((time.perf_counter() - began) * 1000)
        assert status == b"401", status
    writer.close()
    return samples


async def _status(reader: asyncio.StreamReader) -> bytes:
    """Of the next answer, all of which is read."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    msgspec.json.decode(await reader.readexactly(int(length.partition(b":")[2])))
    return head[9:12]


def p_of_same(one: Sequence[float], other: Sequence[float]) -> float:
    """How probable it is that two samples of one distribution differ as much as these, or more."""
    points = sorted([(value, 1 / len(one)) for value in one] + [(value, -1 / len(other)) for value in other])
    apart = most = 0.0
    for _, step in points:
        apart += step
        most = max(most, abs(apart))
    size = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    far = (size + 0.12 + 0.11 / size) * most
    if far < 0.2:
        return 1.0
    return min(1.0, 2 * sum((-1) ** (n - 1) * math.exp(-2 * (n * far) ** 2) for n in range(1, 101)))
