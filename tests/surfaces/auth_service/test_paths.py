"""Paths in any case, with a slash at their end or without, at the prefix and at a host of the API's own."""

import pytest

from handlers.core import products
from tests import serving
from tests.surfaces.auth_service import residents

HOST = "auth.example"
ORIGIN = "http://localhost:3000"


@pytest.fixture
async def hosted(serve: serving.Serve) -> serving.Serving:
    """A server with a host for the API."""
    hiroba = await serve(auth_service={"hosts": HOST}, whoami={"hosts": "whoami.example"})
    await products.offer(hiroba.context, platform="ios", product_type="video")
    return hiroba


async def ask(hiroba: serving.Serving, path: str, *, host: str, method: str = "GET") -> serving.Answer:
    return await hiroba.client().ask(method, path, headers={"Host": host, "Origin": ORIGIN})


@pytest.mark.parametrize(
    "path", ["/probeCheck", "/PROBECHECK", "/probecheck/", "/ProbeCheck/?a=b", "/", "", "/getSubscriptionProducts/"]
)
@pytest.mark.parametrize("prefix", ["/auth-service", "/AUTH-Service"])
async def test_at_the_prefix(hosted: serving.Serving, prefix: str, path: str) -> None:
    for host in ("elsewhere.example", HOST):
        answer = await ask(hosted, prefix + path, host=host)
        assert (answer.status, "error" in answer.raw.decode()) == (200, False), host
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("path", ["/", "/probeCheck", "/PROBEcheck/", "/GetSubscriptionProduct?platform=ios"])
async def test_at_the_root_of_its_host(hosted: serving.Serving, path: str) -> None:
    answer = await ask(hosted, path, host=HOST)
    assert (answer.status, "errors" in answer.body) == (200, False)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/auth-service/nothing", 404), ("/AUTH-SERVICE/Nothing/", 404), ("/auth-service/probeCheck//", 404),
        ("/Auth-Service/LogIn/", 405), ("/auth-service/login", 405), ("/auth-service/login/x", 404),
        ("/auth-service/updateUser/x", 404), ("/auth-service/UPDATEUSER/1/", 405), ("/auth-service//login", 404),
    ],
)  # fmt: skip
async def test_what_is_not_there_is_said_in_its_words(hosted: serving.Serving, path: str, status: int) -> None:
    for host in ("elsewhere.example", HOST):
        answer = await ask(hosted, path, host=host)
        assert (answer.status, list(answer.body)) == (status, ["errors"]), host
        assert status != 405 or answer.headers["Allow"]
    answer = await ask(hosted, path[len(residents.PREFIX) :], host=HOST)
    assert (answer.status, list(answer.body)) == (status, ["errors"])


async def test_what_is_alike_is_not_the_same(hosted: serving.Serving) -> None:
    for path in ("/auth-services/login", "/auth-servic%65/probeCheck/x", "/aut-service"):
        answer = await ask(hosted, path, host="elsewhere.example")
        assert answer.status == 404, path
    # Other APIs have one spelling.
    assert (await ask(hosted, "/WHOAMI/signin", host="elsewhere.example")).status == 404
    assert (await ask(hosted, "/Signin", host="whoami.example")).status == 404
    assert (await ask(hosted, "/auth-service/login", host="whoami.example")).body["status"] is False


async def test_signing_in_by_any_spelling_for_a_page_of_another_origin(hosted: serving.Serving) -> None:
    browser = await residents.sign_up(hosted)
    body = {"email": residents.EMAIL, "password": residents.PASSWORD}
    for path, host in (("/AUTH-SERVICE/LOGIN/", "x.example"), ("/LOGIN", HOST), ("/auth-service/login", HOST)):
        preflight = {
            "Host": host, "Origin": ORIGIN, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }  # fmt: skip
        answer = await hosted.client().ask("OPTIONS", path, headers=preflight)
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
        answer = await hosted.client().post(path, body, headers={"Host": host})
        assert (answer.status, answer.body["message"]) == (200, "Successful login")
    metrics = (await browser.get(f"{hosted.url}/metrics")).raw.decode()
    assert 'route="/auth-service/login",status="200"' in metrics
    assert "LOGIN" not in metrics


async def test_at_its_host_media_and_live_answer_too(hosted: serving.Serving) -> None:
    assert (await ask(hosted, "/live/ticket", host=HOST, method="POST")).status in (401, 403)
    assert (await ask(hosted, "/community/communities", host=HOST)).body["errors"][0]["value"] == "Not Found"
