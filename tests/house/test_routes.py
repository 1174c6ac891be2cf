"""What a document promises is routed, under its own heading; what is routed without one says why."""

import pytest

from server import app

# Method, path and the document's heading, as the document has them.
PROMISED = {
    "community": [
        ("GET", "/communities", "GET /communities"),
        ("POST", "/login", "POST /login"),
        ("POST", "/logout", "POST /logout"),
        ("POST", "/create-account", "POST /create-account"),
        ("GET", "/user", "GET /user"),
        ("GET", r"/users/{id:\d+}", "GET /users/:id"),
        ("POST", r"/users/{id:\d+}", "POST /users/:id"),
        ("POST", r"/users/{id:\d+}/avatar", "POST /users/:id/avatar"),
        ("POST", r"/users/{id:\d+}/mobile-device", "POST /users/:id/mobile-device"),
        ("GET", "/users", "GET /users?q=pattern"),
        ("POST", "/ads", "POST /ads"),
        ("GET", "/ads", "GET /ads"),
        ("GET", r"/ads/{id:\d+}", "GET /ads/:id"),
        ("POST", r"/ads/{id:\d+}/photo", "POST /ads/:id/photo"),
        ("POST", r"/message-threads/for-ad/{id:\d+}", "POST /message-threads/for-ad/:adId"),
        ("POST", "/message-threads/group", "POST /message-threads/group"),
        ("POST", r"/message-threads/{id:\d+}/group", "POST /message-threads/:id/group"),
        ("GET", "/message-threads/unread-count", "GET /message-threads/unread-count"),
        ("GET", r"/message-threads/{id:\d+}", "GET /message-threads/:id"),
        ("GET", "/message-threads", "GET /message-threads"),
        ("POST", r"/message-threads/{id:\d+}/messages", "POST /message-threads/:id/messages"),
        ("GET", r"/message-threads/{id:\d+}/messages", "GET /message-threads/:id/messages"),
    ],
    "whoami": [
        ("GET", "/signin", "Check user credential with session [GET]"),
        ("POST", "/signin", "Authenticate user [POST]"),
        ("GET", "/signout", "Signing out by removing session data [GET]"),
        ("GET", "/users", "Get all the user information [GET]"),
        ("DELETE", "/users", "Delete a user [DELETE]"),
        ("POST", "/register", "Register a user [POST]"),
        ("POST", "/resend", "Resend a confirmation email to the user [POST]"),
        ("GET", "/confirm/{token}", "Confirm user email address [GET]"),
        ("POST", "/send_pwreset_email", "Sends an email to reset a user's password [POST]"),
        ("PUT", "/reset_pw", "Resets a user's password [PUT]"),
        ("GET", "/password_reset_confirm/{token}", "Confirms on password reset [GET]"),
        ("POST", "/instagram/register", "Registers user's Instagram account [POST]"),
        ("POST", "/instagram/update", "Data Addition Or Deletion [POST]"),
    ],
}
# Without a document's heading, because real clients call them: contract, 3.
UNDOCUMENTED = {
    "community": {("GET", "/my-ads"), ("POST", r"/message-threads/user/{id:\d+}")},
    "whoami": set(),
}


@pytest.mark.parametrize("api", app.SURFACES, ids=lambda api: api.name)
def test_routes_are_the_documents(api) -> None:
    routed = {(route.method, route.path, route.heading) for route in api.routes}
    extra = {(method, path) for method, path, _ in routed - set(PROMISED[api.name])}
    assert set(PROMISED[api.name]) <= routed
    assert extra == UNDOCUMENTED[api.name]


@pytest.mark.parametrize("api", app.SURFACES, ids=lambda api: api.name)
def test_every_route_explains_itself(api) -> None:
    for route in api.routes:
        assert route.handler.__doc__, route.path
