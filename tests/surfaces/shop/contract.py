"""The promises of `apis/ists16.md`. It quotes no sentences: they are the contract's, section 6."""

from tests.surfaces.contracts import Promise

PROMISES = [
    Promise("POST", path, f"POST {path}")
    for path in (
        "/login",
        "/validate-session",
        "/update-password",
        "/get-balance",
        "/buy",
        "/expire-session",
        "/update-session",
        "/transactions",
        "/items",
        "/transfer",
    )
]
