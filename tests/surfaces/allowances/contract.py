"""The promises of `apis/sixc.md`."""

from tests.surfaces.contracts import Promise

PROMISES = [
    Promise("POST", "/login", "Resource: /login, Method: post"),
    Promise("GET", "/user", "Resource: /user, Method: get"),
    Promise("PATCH", "/user", "Resource: /user, Method: patch", ("User successfully updated!",)),
    Promise("PUT", "/buy", "Resource: /buy, Method: put", ("Transaction successfully created",)),
    Promise("GET", "/buy", "Resource: /buy, Method: get"),
    Promise("PATCH", "/buy", "Resource: /buy, Method: patch", ("Transaction successfully updated!",)),
    Promise("DELETE", "/buy", "Resource: /buy, Method: delete", ("Transaction successfully deleted!",)),
    Promise("POST", "/buy/cancel", "Resource: /buy/cancel, Method: post", ("Transaction Status: CANCELLED!",)),
    Promise("POST", "/buy/place", "Resource: buy/place, Method: post", ("Transaction Status: PROCESSING!",)),
    Promise("POST", "/login/refresh", "contract, 7", reason="what the refresh token of the login reply is for"),
    Promise("POST", "/logout", "contract, 7", reason="ends the session of all three tokens"),
    Promise("POST", "/waitlist", "contract, 7", reason="the document's user flow, which its pages had"),
    Promise("GET", "/waitlist/confirm/{token}", "contract, 7", reason="the link of the mail that the flow speaks of"),
    Promise("POST", "/signup", "contract, 7", reason="the document's user flow signs up elsewhere"),
]
