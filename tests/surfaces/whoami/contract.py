"""The promises of `apis/whoami.md`. What it quotes of refusals is in the contract, section 4, and the rules' tests."""

from tests.surfaces.contracts import Promise

PROMISES = [
    Promise("GET", "/signin", "Check user credential with session [GET]", ("User already signed in",)),
    Promise("POST", "/signin", "Authenticate user [POST]", ("User successfully signed in",)),
    Promise("GET", "/signout", "Signing out by removing session data [GET]", ("User successfully signed out",)),
    Promise("GET", "/users", "Get all the user information [GET]"),
    Promise("DELETE", "/users", "Delete a user [DELETE]"),
    Promise("POST", "/register", "Register a user [POST]"),
    Promise(
        "POST",
        "/resend",
        "Resend a confirmation email to the user [POST]",
        ("The confirmation email has been sent again",),
    ),
    Promise("GET", "/confirm/{token}", "Confirm user email address [GET]"),
    Promise(
        "POST",
        "/send_pwreset_email",
        "Sends an email to reset a user's password [POST]",
        ("The password reset email has been sent",),
    ),
    Promise("PUT", "/reset_pw", "Resets a user's password [PUT]"),
    Promise("GET", "/password_reset_confirm/{token}", "Confirms on password reset [GET]"),
    Promise(
        "POST",
        "/instagram/register",
        "Registers user's Instagram account [POST]",
        ("Successfully registered Instagram account for the user",),
    ),
    Promise(
        "POST",
        "/instagram/update",
        "Data Addition Or Deletion [POST]",
        ("Image already added", "There is no image of the user with the image_id"),
    ),
]
