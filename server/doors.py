"""The sockets that the server listens on: had before anything is started, so that a port in use is known at once."""

import errno
import socket
from collections.abc import Sequence
from typing import NamedTuple

import structlog
from aiohttp import web

LOG = structlog.get_logger("hiroba")
BACKLOG = 1024
# What a machine without IPv6 says.
ABSENT = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


class Taken(Exception):
    """An address cannot be listened on. The text names it, and says why."""


class Door(NamedTuple):
    """A bound socket. Nobody gets through before it is opened."""

    host: str
    port: int
    socket: socket.socket


def take(hosts: Sequence[str], port: int) -> list[Door]:
    """Binds one socket an address. A machine without IPv6 is served over IPv4 alone. *Refuses*: Taken."""
    taken: list[Door] = []
    for host in hosts:
        try:
            taken.append(Door(host, port, _bound(host, port)))
        except OSError as fault:
            if ":" in host and len(hosts) > 1 and fault.errno in ABSENT:
                LOG.warning("no IPv6 here", host=host)
                continue
            close(taken)
            raise Taken(_why_not(host, port, fault)) from None
    return taken


async def open_all(doors: Sequence[Door], runner: web.AppRunner) -> None:
    """Lets everybody in. *Refuses*: Taken (two that start at once can both bind; one of them listens first)."""
    for door in doors:
        try:
            # The loop does it again, but uvloop would keep silent about a failure.
            door.socket.listen(BACKLOG)
        except OSError as fault:
            raise Taken(_why_not(door.host, door.port, fault)) from None
    for door in doors:
        await web.SockSite(runner, door.socket, backlog=BACKLOG).start()


def close(doors: Sequence[Door]) -> None:
    """Gives the addresses up."""
    for door in doors:
        door.socket.close()


def _bound(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Connections of a server that has just ended do not keep the next one out.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound


def _why_not(host: str, port: int, fault: OSError) -> str:
    return f"cannot listen on {host} port {port}: {fault.strerror or fault}"
