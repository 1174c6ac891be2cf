"""Whose request this is on the network: the peer, or whom a trusted proxy says it speaks for."""

import ipaddress
from collections.abc import Iterable

from aiohttp import web


class Proxies:
    """The proxies whose forwarding headers are believed. Source: contract, 2, Limits."""

    def __init__(self, trusted: Iterable[str]) -> None:
        """Takes addresses and networks ("10.0.0.0/8"). Refuses: ValueError."""
        self._trusted = [ipaddress.ip_network(one, strict=False) for one in trusted]

    def _believes(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)

    def address_of(self, request: web.BaseRequest) -> str:
        """The client's address: the first, from our side, that no trusted proxy has."""
        peer = request.remote or ""
        if not self._trusted or not self._believes(peer):
            return peer
        for named in reversed(_forwarded(request)):
            address = _plain(named)
            if address is None:
                break
            peer = address
            if not self._believes(address):
                break
        return peer


def _plain(named: str) -> str | None:
    """An address as it can be stored and counted; None for what is none: then whoever names it is all we know."""
    try:
        return str(ipaddress.ip_address(named.partition("%")[0]))
    except ValueError:
        return None


def _forwarded(request: web.BaseRequest) -> list[str]:
    """Who forwarded to whom, farthest first: of X-Forwarded-For, or else of Forwarded (RFC 7239)."""
    named = [part for line in request.headers.getall("X-Forwarded-For", ()) for part in line.split(",")]
    if not named:
        named = [hop.get("for", "") for hop in request.forwarded]
    return [_without_port(one.strip().strip('"')) for one in named if one.strip()]


def _without_port(node: str) -> str:
    if node.startswith("["):
        return node[1:].partition("]")[0]
    return node.partition(":")[0] if node.count(":") == 1 else node
