"""The doors of the server: prefixes and host names, health, the description."""

import asyncio
import inspect
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import msgspec
import openapi_spec_validator
import pytest

from handlers.rest import surface
from server import app
from tests import serving


async def test_an_api_answers_at_the_root_of_its_host_and_nothing_else_does(dsn: str, clock) -> None:
    settings = serving.config(dsn, whoami={"hosts": "whoami.example"}, community={"hosts": "a.example,b.example"})
    async with serving.served(settings, clock) as hiroba:
        anybody = hiroba.client()

        async def ask(host: str, path: str) -> serving.Answer:
            return await anybody.get(path, headers={"Host": host})

        for host in ("whoami.example", "whoami.example:8443", "WHOAMI.example"):
            assert (await ask(host, "/signin")).body == {"status": False, "message": "Not signed in"}
        assert (await ask("a.example", "/communities")).body == []
        assert (await ask("b.example:80", "/communities")).body == []
        for path in ("/community/communities", "/whoami/signin", "/healthz", "/mailbox", "/"):
            answer = await ask("whoami.example", path)
            assert (answer.status, answer.body["status"]) == (404, False), path
            answer = await ask("a.example", path)
            assert (answer.status, answer.body["key"]) == (404, "error.notFound"), path
        assert (await ask("elsewhere.example", "/whoami/signin")).status == 200
        assert (await anybody.get("/community/communities")).status == 200


async def test_limits_count_the_address_that_a_trusted_proxy_names(dsn: str, clock) -> None:
    async with serving.served(serving.config(dsn, server={"trusted_proxies": "127.0.0.1"}), clock) as hiroba:
        phone = hiroba.client("/community")

        async def sign_in(address: str) -> int:
            body = {"username": "nobody", "password": "wrong"}
            return (await phone.post("/login", body, headers={"X-Forwarded-For": address})).status

        assert [await sign_in("203.0.113.1") for _ in range(11)] == [401] * 10 + [429]
        assert await sign_in("203.0.113.2") == 401


async def test_health(hiroba: serving.Serving) -> None:
    anybody = hiroba.client()
    assert (await anybody.get("/healthz")).status == 200
    ready = await anybody.get("/readyz")
    assert (ready.status, ready.body) == (200, {"status": "ready", "database": True, "mail": True})


async def test_metrics_tell_of_requests_and_of_what_waits(hiroba: serving.Serving) -> None:
    anybody = hiroba.client()
    await anybody.get("/community/communities")
    await anybody.get("/community/no/such/path")
    text = (await anybody.get("/metrics")).raw.decode()
    assert 'hiroba_requests_total{method="GET",route="/community/communities",status="200"}' in text
    assert 'hiroba_requests_total{method="GET",route="unknown",status="404"}' in text
    assert 'hiroba_request_seconds_bucket{le="0.005",route="/community/communities"}' in text
    for name in (
        "hiroba_outbox_depth",
        "hiroba_database_connections",
        "hiroba_loop_lag_seconds",
        "hiroba_live_sockets",
        "hiroba_password_queue",
    ):
        assert f"\n{name}" in text, name


async def test_every_answer_carries_its_request_id(hiroba: serving.Serving) -> None:
    anybody = hiroba.client()
    answers = await asyncio.gather(*(anybody.get(path) for path in ("/healthz", "/community/user", "/nothing")))
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 3


def reads(function: Callable[..., Any], module: ModuleType) -> set[str]:
    """What a handler reads of the query string, itself or by the private functions of its file."""
    source = inspect.getsource(function)
    named = set(re.findall(r'ask\.query\("(\w+)"\)', source))
    if "ask.page()" in source:
        named |= {"limit", "before", "after"}
    for helper in set(re.findall(r"\b(_\w+)\(ask", source)) - {function.__name__}:
        named |= reads(getattr(module, helper), module)
    return named


@pytest.mark.parametrize("api", app.SURFACES, ids=lambda api: api.name)
def test_what_a_route_reads_of_the_query_string_it_declares(api: surface.Surface) -> None:
    for route in api.routes:
        fields = () if route.query is None else msgspec.structs.fields(route.query)
        declared = {field.encode_name for field in fields}
        module = inspect.getmodule(route.handler)
        assert module is not None
        assert reads(route.handler, module) <= declared, route.path


async def test_the_description_is_openapi_and_covers_every_route(hiroba: serving.Serving) -> None:
    answer = await hiroba.client().get("/openapi.json")
    assert answer.status == 200
    openapi_spec_validator.validate(answer.body)
    assert "post" in answer.body["paths"]["/community/message-threads/{id}/messages"]


async def test_the_websocket_is_described_beside_it(hiroba: serving.Serving) -> None:
    answer = await hiroba.client().get("/asyncapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert answer.body["asyncapi"] == "3.0.0"
    assert {"JSESSIONID", "session", "hiroba"} <= set(answer.body["components"]["securitySchemes"])


async def test_a_body_over_a_mebibyte_is_413_in_each_apis_words(hiroba: serving.Serving) -> None:
    anybody = hiroba.client()
    body = b'{"username": "' + b"x" * 1024 * 1024 + b'"}'
    for path in ("/community/login", "/whoami/signin"):
        assert (await anybody.post(path, body)).status == 413
