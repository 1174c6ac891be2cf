"""Whatever a client sends: an answer in the API's own form, nothing changed by what is refused, and no defect met.

The tables of `attacks` are tried on every route of every API and of the pages; what is added to them is covered.
"""

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from handlers.core import names
from handlers.rest import bodies, identity, surface
from tests import raw, serving
from tests.surfaces import attacks
from tests.surfaces.besieged import DOORS, PLACEHOLDER, Besieged, Door

# Method, path, headers, body.
Request = tuple[str, str, bytes, bytes | None]
JSON = b"Content-Type: application/json\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
# Where a client may send nothing, and most do. Source: contract, 6.
BODILESS = {"/items"}
every_door = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)


@pytest.fixture
async def town(serve: serving.Serve, calm: list) -> AsyncIterator[Besieged]:
    """Under attack, and calm. Limits are off: they would answer in place of what is attacked."""
    besieged = await Besieged.prepared(await serve(limits={"enabled": "false"}))
    yield besieged
    besieged.close()


def is_refused(door: Door, answer: serving.Answer) -> bool:
    """Whether it was, in the form in which that is said here: whoami says it with 200."""
    assert answer.status < 500, answer.raw[:500]
    if answer.status >= 400:
        # HEAD has no body to look at.
        assert not answer.raw or door.is_own_form(answer), (answer.status, answer.raw[:500])
        return True
    kind = answer.headers.get("Content-Type", "")
    return kind.startswith("application/json") and _says_no(answer.body)


def _says_no(body: Any) -> bool:
    return isinstance(body, dict) and body.get("status") is False and "message" in body


def accepting(door: Door) -> Iterator[surface.Route]:
    return (route for route in door.routes if route.accepts is not None)


async def refused(town: Besieged, door: Door, requests: Iterable[Request]) -> None:
    """All are, and change nothing."""
    before = await town.settled()
    for request in requests:
        answer = await town.line.ask(*request)
        assert is_refused(door, answer), (request, answer.raw[:300])
    assert town.state() == before


async def answered(town: Besieged, door: Door, requests: Iterable[Request]) -> None:
    """All are, one way or the other; what is refused is refused again, and changes nothing."""
    await refused(town, door, [one for one in requests if is_refused(door, await town.line.ask(*one))])


@every_door
async def test_bodies_that_cannot_be_read(town: Besieged, door: Door) -> None:
    for route in accepting(door):
        path, proof = town.path(door, route), await town.proof(door)
        plain = [(proof + JSON, body) for body in attacks.BODIES if body or route.path not in BODILESS]
        packed = [(proof + JSON + b"Content-Encoding: " + name + b"\r\n", body) for name, body in attacks.ENCODED]
        await refused(town, door, ((route.method, path, *one) for one in (*plain, *packed)))


@every_door
async def test_values_that_cannot_be_read(town: Besieged, door: Door) -> None:
    for route in accepting(door):
        path, proof = town.path(door, route), await town.proof(door)
        for name in town.body(route):
            values = [(JSON, _with(town.body(route), name, value)) for value in attacks.UNREADABLE_VALUES]
            if door.forms:
                values += [(FORM, b"%s=%s" % (name.encode(), value)) for value in attacks.UNREADABLE_FORM_VALUES]
            await refused(town, door, ((route.method, path, proof + kind, body) for kind, body in values))


@every_door
async def test_values_that_are_odd(town: Besieged, door: Door) -> None:
    for route in accepting(door):
        path = town.path(door, route)
        for name in town.body(route):
            proof = await town.proof(door)
            values = [(proof + JSON, _with(town.body(route), name, value)) for value in attacks.ODD_VALUES]
            if door.forms:
                values += [(proof + FORM, b"%s=%s" % (name.encode(), value)) for value in attacks.ODD_FORM_VALUES]
            await answered(town, door, [(route.method, path, *one) for one in values])


def _body(town: Besieged, route: surface.Route) -> bytes | None:
    return None if route.accepts is None else msgspec.json.encode(town.body(route))


def _with(body: dict[str, Any], name: str, value: bytes) -> bytes:
    """The object with one value as it is given, whether or not that is JSON."""
    encoded = {one: msgspec.json.encode(plain) for one, plain in body.items()} | {name: value}
    return b"{%s}" % b",".join(b'"%s":%s' % (one.encode(), plain) for one, plain in encoded.items())


@every_door
async def test_headers(town: Besieged, door: Door) -> None:
    # Headers are the toolkit's to read, not the routes': one route of each kind is enough.
    kinds = {(one.method, one.who, one.accepts is None, one.prepare, one.is_credential): one for one in door.routes}
    for route in kinds.values():
        path, proof = town.path(door, route), await town.proof(door)
        body = None
        for headers in attacks.HEADERS:
            if route.accepts is not None:
                body = msgspec.json.encode(town.body(route))
            await town.line.ask(route.method, path, headers=proof + headers, body=body)
            answer = await town.line.ask(route.method, path, headers=proof + headers, body=body)
            is_refused(door, answer)
        for form in attacks.COOKIES:
            cookies = b"Cookie: " + form.replace(b"%s", (door.cookie or "session").encode()) + b"\r\n"
            is_refused(door, await town.line.ask(route.method, path, headers=cookies, body=body))


@every_door
async def test_addresses(town: Besieged, door: Door) -> None:
    # In digits of another script.
    own_id = "".join(quote(chr(0x660 + int(digit))) for digit in str(town.john.id))
    for route in door.routes:
        proof, body = await town.proof(door), _body(town, route)
        holes = dict(PLACEHOLDER.findall(route.path))
        for hole, pattern in holes.items():
            paths = [town.path(door, route, **{hole: one}) for one in (*attacks.NO_IDS, *attacks.UNKNOWN_IDS)]
            requests = [(route.method, path, proof, body) for path in paths]
            await (refused if pattern else answered)(town, door, requests)
            for odd in (*attacks.NO_IDS, own_id) if pattern else ():
                answer = await town.line.ask(route.method, town.path(door, route, **{hole: odd}), proof, body)
                assert answer.status == 404, (route.path, odd)
        if route.method == "GET":
            path = town.path(door, route)
            await answered(town, door, [("GET", f"{path}?{query}", proof, None) for query in attacks.QUERIES])


@every_door
async def test_methods(town: Besieged, door: Door) -> None:
    for path, route in {route.path: route for route in door.routes}.items():
        taken = {route.method for route in door.routes if route.path == path}
        others = set(attacks.METHODS) - taken - ({"HEAD"} if "GET" in taken else set())
        proof = await town.proof(door)
        await refused(town, door, [(method, town.path(door, route), proof, None) for method in others])
    await refused(town, door, [("GET", f"{door.prefix}/no/such/path", b"", None)])


@every_door
async def test_preflights(town: Besieged, door: Door) -> None:
    path, methods = town.path(door, door.routes[0]), (door.routes[0].method.encode(), b"\xff")
    for origin, method, asked in itertools.product(attacks.ORIGINS, methods, (b"x", b"\xff", b",,a b:c")):
        lines = {b"Origin": origin, b"Access-Control-Request-Method": method, b"Access-Control-Request-Headers": asked}
        headers = b"".join(b"%s: %s\r\n" % line for line in lines.items())
        assert is_refused(door, await town.line.ask("OPTIONS", path, headers))


@every_door
async def test_strangers(town: Besieged, door: Door) -> None:
    signed_in = (identity.Who.MEMBER, identity.Who.OPERATOR)
    routes = [route for route in door.routes if route.who in signed_in]
    await refused(town, door, [(one.method, town.path(door, one), b"", _body(town, one)) for one in routes])


@pytest.mark.parametrize("data", attacks.NO_HTTP, ids=lambda data: repr(data[:40]))
async def test_what_is_no_http_is_told_so_and_not_quoted_in_the_log(
    town: Besieged, calm: list, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    answer = await town.line.send(data)
    assert answer.status == 400
    assert [entry["event"] for entry in calm] == ["a request could not be read"]
    assert "secret" not in repr(calm) + caplog.text
    assert (await town.line.ask("GET", "/healthz")).status == 200


async def test_a_chunk_that_is_none_is_waited_for_no_longer_than_any_body(
    town: Besieged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS_MAX", 0.1)
    head = raw.request("POST", "/whoami/signin", headers=b"Transfer-Encoding: chunked\r\n")
    for chunk in (b"5\r\n{'use\r\n", b""):
        answer = await town.line.send(head + chunk)
        assert (answer.status, answer.body["status"]) == (400, False)
        town.line.hang_up()


@pytest.mark.parametrize("host", [b"", b"\xff", b"[::1", b"a:b:c", b"@", b"h" * 4000, b"whoami.example,x"])
async def test_host_names(serve: serving.Serve, calm: list, host: bytes) -> None:
    hiroba = await serve(whoami={"hosts": "whoami.example"})
    line = raw.Line(hiroba.url)
    for method, path, status in (("GET", "/whoami/signin", 200), ("GET", "/nothing", 404), ("POST", "/signin", 403)):
        data = f"{method} {path} HTTP/1.1\r\nOrigin: http://x\r\nHost: ".encode() + host + b"\r\n\r\n"
        assert (await line.send(data)).status == status
    line.hang_up()


async def test_the_alarm_would_ring(town: Besieged, calm: list, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "last_first", lambda _: 1 / 0)
    community = next(door for door in DOORS if door.name == "community")
    answer = await town.line.ask("GET", "/community/user", headers=await town.proof(community))
    assert (answer.status, community.is_own_form(answer)) == (500, True)
    assert [entry["event"] for entry in calm if "exc_info" in entry] == ["a defect was met"]
    calm.clear()
