"""Whose request it is, when proxies speak for others."""

import pytest
from aiohttp import test_utils

from handlers.rest import clients


class Peer:
    """A transport that says from where it came."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get_extra_info(self, name: str, default=None):
        return (self._address, 1) if name == "peername" else default

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("trusted", "peer", "headers", "address"),
    [
        ([], "10.0.0.1", {"X-Forwarded-For": "6.6.6.6"}, "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", {}, "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", {"X-Forwarded-For": "203.0.113.5"}, "203.0.113.5"),
        (["10.0.0.1"], "10.0.0.2", {"X-Forwarded-For": "203.0.113.5"}, "10.0.0.2"),
        # What a client wrote itself stands left of what the proxy saw.
        (["10.0.0.0/8"], "10.0.0.1", {"X-Forwarded-For": "6.6.6.6, 203.0.113.5, 10.1.1.1"}, "203.0.113.5"),
        (["10.0.0.1"], "10.0.0.1", {"Forwarded": 'for="[2001:db8::1]:4711"'}, "2001:db8::1"),
        (["10.0.0.1"], "10.0.0.1", {"X-Forwarded-For": "203.0.113.5:1234"}, "203.0.113.5"),
        # What is no address names nobody, however it is written.
        (["::1"], "::1", {"X-Forwarded-For": "garbage"}, "::1"),
        (["::1"], "::1", {"Forwarded": 'for="[2001:DB8:0::1]"'}, "2001:db8::1"),
    ],
)
def test_forwarding_headers_count_only_from_trusted_proxies(
    trusted: list[str], peer: str, headers: dict[str, str], address: str
) -> None:
    request = test_utils.make_mocked_request("GET", "/", headers=headers, transport=Peer(peer))
    request = request.clone(remote=peer)
    assert clients.Proxies(trusted).address_of(request) == address
