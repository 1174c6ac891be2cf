"""The description of the APIs says how each is signed in to, and where a preview can be asked for."""

from typing import Any

import pytest

from handlers.rest import identity, openapi
from server import app

SCHEMES = {
    "community": {"type": "apiKey", "in": "cookie", "name": "JSESSIONID"},
    "whoami": {"type": "apiKey", "in": "cookie", "name": "session"},
    "auth_service": {"type": "apiKey", "in": "cookie", "name": "auth_session"},
    "auth_service_token": {"type": "http", "scheme": "bearer"},
    "allowances": {"type": "apiKey", "in": "header", "name": "Authorization"},
}
# By which of them each API is signed in to; the shop's token is a field of the body.
SHOWN = {
    "community": ["community"],
    "whoami": ["whoami"],
    "auth_service": ["auth_service", "auth_service_token"],
    "shop": None,
    "allowances": ["allowances"],
}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return openapi.describe(app.SURFACES, title="Hiroba", version="1", url="http://localhost:8080")


def operation(description: dict[str, Any], prefix: str, route: Any) -> dict[str, Any]:
    path = openapi.PLACEHOLDER.sub(r"{\1}", prefix + route.path)
    found: dict[str, Any] = description["paths"][path][route.method.lower()]
    return found


def test_each_api_says_how_it_is_signed_in_to(description: dict[str, Any]) -> None:
    assert description["components"]["securitySchemes"] == SCHEMES
    for api in app.SURFACES:
        for route in api.routes:
            told = operation(description, api.prefix, route).get("security")
            needs = route.who in (identity.Who.MEMBER, identity.Who.OPERATOR) and SHOWN[api.name] is not None
            assert told == ([{name: []} for name in SHOWN[api.name] or []] if needs else None), route.path


def test_previews_are_told(description: dict[str, Any]) -> None:
    told = set()
    for api in app.SURFACES:
        for route in api.routes:
            parameters = operation(description, api.prefix, route).get("parameters", [])
            assert (openapi.PREVIEW in parameters) is route.previews
            if route.previews:
                told.add(f"{route.method} {api.prefix}{route.path}")
    # Every call that moves money or an order. Source: contract, 2, preview.
    assert told == {
        "POST /community/transactions",
        "POST /shop/buy",
        "POST /shop/transfer",
        "PUT /allowances/buy",
        "PATCH /allowances/buy",
        "DELETE /allowances/buy",
        "POST /allowances/buy/cancel",
        "POST /allowances/buy/place",
    }
