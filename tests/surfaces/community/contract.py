"""The promises of `apis/commons-os.md`. Its answers quote no sentences: errors are the contract's, section 3."""

from tests.surfaces.contracts import Promise

PROMISES = [
    Promise("GET", "/communities", "GET /communities"),
    Promise("POST", "/login", "POST /login"),
    Promise("POST", "/logout", "POST /logout"),
    Promise("POST", "/create-account", "POST /create-account"),
    Promise("GET", "/user", "GET /user"),
    Promise("GET", r"/users/{id:\d+}", "GET /users/:id"),
    Promise("POST", r"/users/{id:\d+}", "POST /users/:id"),
    Promise("POST", r"/users/{id:\d+}/avatar", "POST /users/:id/avatar"),
    Promise("POST", r"/users/{id:\d+}/mobile-device", "POST /users/:id/mobile-device"),
    Promise("GET", "/users", "GET /users?q=pattern"),
    Promise("POST", "/ads", "POST /ads"),
    Promise("GET", "/ads", "GET /ads"),
    Promise("GET", r"/ads/{id:\d+}", "GET /ads/:id"),
    Promise("POST", r"/ads/{id:\d+}/photo", "POST /ads/:id/photo"),
    Promise("GET", "/balance", "GET /balance"),
    Promise("GET", "/transactions", "GET /transactions"),
    Promise("POST", "/transactions", "POST /transactions"),
    Promise("POST", r"/message-threads/for-ad/{id:\d+}", "POST /message-threads/for-ad/:adId"),
    Promise("POST", "/message-threads/group", "POST /message-threads/group"),
    Promise("POST", r"/message-threads/{id:\d+}/group", "POST /message-threads/:id/group"),
    Promise("GET", "/message-threads/unread-count", "GET /message-threads/unread-count"),
    Promise("GET", r"/message-threads/{id:\d+}", "GET /message-threads/:id"),
    Promise("GET", "/message-threads", "GET /message-threads"),
    Promise("POST", r"/message-threads/{id:\d+}/messages", "POST /message-threads/:id/messages"),
    Promise("GET", r"/message-threads/{id:\d+}/messages", "GET /message-threads/:id/messages"),
    Promise(
        "GET",
        "/my-ads",
        "contract, 3, Ads (real clients call it)",
        reason="the clients' page of one's own ads calls it: contract, 3",
    ),
    Promise(
        "POST",
        r"/message-threads/user/{id:\d+}",
        "contract, 3, Threads (real clients call it)",
        reason="clients begin a private thread without an ad with it: contract, 3",
    ),
]
