"""The promises of `apis/carbon.md`."""

from tests.surfaces.contracts import Promise

PASSWORD_RULE = (
    "Please enter a password at least 8 character and contain at least one uppercase,"
    " least one lower case, and at least one special character."
)
EXISTS = "User with email already exists."

PROMISES = [
    Promise("GET", "/", "Home", ("Welcome to Carbon Auth Manager Service!",)),
    Promise("GET", "/probeCheck", "Probe Check", ("Carbon Auth Manager service up and running!",)),
    Promise(
        "POST",
        "/login",
        "Login",
        ("Successful login", "User does not exist.", "Incorrect credentials used for login.", PASSWORD_RULE),
    ),
    Promise("POST", "/signUp", "SignUp", ("User created with success", EXISTS, PASSWORD_RULE)),
    Promise(
        "POST",
        "/changePassword",
        "Change Password",
        (
            "Password reset success.",
            "Email does not belong to any registered user.",
            "The code is invalid.",
            "The code is no longer valid.",
        ),
    ),
    Promise(
        "POST",
        "/requestPasswordReset",
        "Request password reset",
        (
            "Password reset success, an email has been sent to your email with the code to reset your password."
            " The code is only valid for 20 minutes.",
            "User not found.",
            "Email does not belong to any registered user",
        ),
    ),
    Promise(
        "GET",
        "/getUsers",
        "Get Users",
        (
            "Fetcing of users action was successful.",
            "Invalid value",
            "Must provide a page for users",
            "Must provide a limit for users",
        ),
    ),
    Promise("POST", "/createUser", "Create User", ("User created with success", EXISTS, PASSWORD_RULE)),
    Promise(
        "PUT",
        r"/updateUser/{userId:\d+}",
        "Update User",
        (
            "User was successfully updated.",
            "Unable to change email.",
            "Gender submitted is not allowed for this field.",
        ),
    ),
    Promise("PUT", r"/deleteUser/{userId:\d+}", "Delete User"),
    Promise(
        "DELETE",
        r"/deleteUser/{userId:\d+}",
        "Delete User",
        reason="the table of the document calls it PUT, its clients DELETE: contract, 5",
    ),
    Promise("GET", "/getSubscriptionProduct", "Get Subscription Products"),
    Promise(
        "GET",
        "/getSubscriptionProducts",
        "Get Subscription Products",
        reason="the plural of the table of contents: contract, 5",
    ),
]
