"""Every example of `apis/carbon.md`, named after its heading and checked to the letter."""

import re

import pytest

from handlers.core import products
from tests import clocks, serving
from tests.surfaces.auth_service import residents

PASSWORD_RULE = (
    "Please enter a password at least 8 character and contain at least one uppercase,"
    " least one lower case, and at least one special character."
)
CODE_SENT = (
    "Password reset success, an email has been sent to your email with the code to reset your password."
    " The code is only valid for 20 minutes."
)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PRODUCT = "5817429e-06a0-4507-9800-e7494b0dc511"


@pytest.fixture
async def browser(hiroba: serving.Serving) -> serving.Client:
    """Jane's, who signed up a moment ago."""
    return await residents.sign_up(hiroba)


@pytest.fixture
async def operator(hiroba: serving.Serving) -> serving.Client:
    """Jane's, who is an operator and signed in."""
    return await residents.operator(hiroba)


def weak(value: str) -> dict:
    return {"errors": [{"value": value, "msg": PASSWORD_RULE, "param": "password", "location": "body"}]}


async def test_home(hiroba: serving.Serving) -> None:
    answer = await hiroba.client(residents.PREFIX).get("/")
    assert (answer.status, answer.body) == (200, {"message": "Welcome to Carbon Auth Manager Service!"})
    assert answer.headers["Content-Type"].startswith("application/json")


async def test_probe_check(hiroba: serving.Serving) -> None:
    answer = await hiroba.client(residents.PREFIX).get("/probeCheck")
    assert (answer.status, answer.body) == (200, {"message": "Carbon Auth Manager service up and running!"})


async def test_login_1_successful(operator: serving.Client) -> None:
    answer = await operator.post("/login", {"email": residents.EMAIL, "password": residents.PASSWORD})
    assert answer.status == 200
    body = answer.body
    assert list(body) == ["message", "user", "token"]
    assert isinstance(body["user"]["userId"], int)
    assert list(body["user"]) == ["email", "fullName", "gender", "city", "state", "userId", "zipCode", "isAdmin"]
    del body["user"]["userId"]
    assert (body["message"], body["user"]) == ("Successful login", residents.SHOWN)
    assert answer.headers["Set-Cookie"].startswith(f"auth_session={body['token']};")


async def test_login_2_unknown(browser: serving.Client) -> None:
    answer = await browser.post("/login", {"email": "nobody@sheenmagazine.com", "password": residents.PASSWORD})
    assert (answer.status, answer.body) == (400, residents.bad_request("User does not exist."))
    assert "Set-Cookie" not in answer.headers


async def test_login_3_wrong_password(browser: serving.Client) -> None:
    answer = await browser.post("/login", {"email": residents.EMAIL, "password": "WhiteFreedom2020!*"})
    assert (answer.status, answer.body) == (400, residents.bad_request("Incorrect credentials used for login."))


async def test_login_4_invalid_password(browser: serving.Client) -> None:
    for email in (residents.EMAIL, "nobody@sheenmagazine.com"):
        answer = await browser.post("/login", {"email": email, "password": "sfasfasgasfdsaf"})
        assert (answer.status, answer.body) == (400, weak("sfasfasgasfdsaf"))


async def test_signup_1_created(hiroba: serving.Serving) -> None:
    answer = await hiroba.client(residents.PREFIX).post("/signUp", residents.JANE)
    assert (answer.status, answer.body) == (201, {"message": "User created with success"})


async def test_signup_2_taken(browser: serving.Client) -> None:
    answer = await browser.post("/signUp", {**residents.JANE, "email": residents.EMAIL.upper()})
    assert (answer.status, answer.body) == (400, residents.bad_request("User with email already exists."))


async def test_signup_3_invalid(browser: serving.Client) -> None:
    answer = await browser.post("/signUp", {**residents.JANE, "email": "b@b.example", "password": "testmem.s"})
    assert (answer.status, answer.body) == (400, weak("testmem.s"))


async def test_request_password_reset_1_sent(browser: serving.Client, hiroba: serving.Serving) -> None:
    answer = await browser.post("/requestPasswordReset", {"email": residents.EMAIL})
    assert (answer.status, answer.body) == (200, {"message": CODE_SENT})
    assert len(await residents.mailed_code(hiroba)) == 6


async def test_request_password_reset_2_unknown(browser: serving.Client) -> None:
    answer = await browser.post("/requestPasswordReset", {"email": "nobody@sheenmagazine.com"})
    assert answer.status == 400
    assert list(answer.body) == ["error", "message", "errors"]
    assert answer.body == {
        "error": "Bad Request",
        "message": "User not found.",
        "errors": [{"value": "Bad Request", "msg": "Email does not belong to any registered user"}],
    }


async def test_change_password(browser: serving.Client, hiroba: serving.Serving, clock: clocks.MovableClock) -> None:
    new = {"email": residents.EMAIL, "password": "WhiteFreedom2020!*"}

    async def refused(sentence: str, **given: str) -> None:
        answer = await browser.post("/changePassword", {**new, **given})
        assert (answer.status, answer.body["error"], answer.body["message"]) == (400, "Bad Request", sentence)
        assert answer.body["errors"] == residents.bad_request(sentence)["errors"]

    await browser.post("/requestPasswordReset", {"email": residents.EMAIL})
    code = await residents.mailed_code(hiroba)
    await refused("Email does not belong to any registered user.", email="nobody@sheenmagazine.com", code=code)
    await refused("The code is invalid.", code=code.swapcase())
    clock.advance(minutes=20)
    await refused("The code is no longer valid.", code=code)
    await browser.post("/requestPasswordReset", {"email": residents.EMAIL})
    code = await residents.mailed_code(hiroba)
    answer = await browser.post("/changePassword", {**new, "code": code})
    assert (answer.status, answer.body) == (200, {"message": "Password reset success."})
    await residents.sign_in(browser, password=new["password"])


async def test_get_users_1_found(operator: serving.Client) -> None:
    people = [
        {"email": f"b{number}@sheenmagazine.com", "fullName": "Jon Doe", "gender": "M", "zipCode": f"9000{number}"}
        for number in range(3)
    ]
    for one in people:
        assert (await operator.post("/createUser", {**residents.JANE, **one})).status == 201
    query = "page=1&limit=2&gender=m&city=los angeles&state=Ca&sort=-zipCode"
    answer = await operator.get(f"/getUsers?{query}")
    assert (answer.status, answer.body["message"]) == (200, "Fetcing of users action was successful.")
    users = answer.body["users"]
    for user in users:
        assert isinstance(user.pop("userId"), int)
        assert MOMENT.fullmatch(user.pop("createdAt")) and MOMENT.fullmatch(user.pop("updatedAt"))
    assert users == [{**residents.SHOWN, **one, "total": 3, "pages": 2} for one in (people[2], people[1])]


async def test_get_users_2_missing(operator: serving.Client) -> None:
    answer = await operator.get("/getUsers")
    assert (answer.status, answer.body) == (
        400,
        {
            "errors": [
                {"msg": "Invalid value", "param": "page", "location": "query"},
                {"msg": "Must provide a page for users", "param": "page", "location": "query"},
                {"msg": "Invalid value", "param": "limit", "location": "query"},
                {"msg": "Must provide a limit for users", "param": "limit", "location": "query"},
            ]
        },
    )


async def test_create_user(operator: serving.Client) -> None:
    ivy = {**residents.JANE, "email": "ivytest@yopmail.com"}
    answer = await operator.post("/createUser", ivy)
    assert (answer.status, answer.body) == (201, {"message": "User created with success"})
    answer = await operator.post("/createUser", ivy)
    assert (answer.status, answer.body) == (400, residents.bad_request("User with email already exists."))
    answer = await operator.post("/createUser", {**ivy, "password": "testmem.s"})
    assert (answer.status, answer.body) == (400, weak("testmem.s"))


async def test_update_user(operator: serving.Client) -> None:
    user_id = (await residents.sign_in(operator))["user"]["userId"]
    ivy = {**residents.JANE, "fullName": "Ivy Jones", "city": "Kaga", "state": "HI", "gender": "M", "zipCode": "96701"}
    answer = await operator.put(f"/updateUser/{user_id}", ivy)
    assert answer.status == 200
    shown = {name: value for name, value in ivy.items() if name != "password"}
    assert answer.body == {"message": "User was successfully updated.", "user": shown}
    assert list(answer.body["user"]) == ["email", "fullName", "gender", "city", "state", "zipCode", "isAdmin"]
    answer = await operator.put(f"/updateUser/{user_id}", {**ivy, "email": "blastor555@yopmail.com"})
    assert (answer.status, answer.body) == (400, residents.bad_request("Unable to change email."))
    answer = await operator.put(f"/updateUser/{user_id}", {**ivy, "gender": "Male"})
    problem = {"value": "Male", "msg": "Gender submitted is not allowed for this field.", "param": "gender"}
    assert (answer.status, answer.body) == (400, {"errors": [{**problem, "location": "body"}]})


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_delete_user(operator: serving.Client, method: str) -> None:
    await operator.post("/createUser", {**residents.JANE, "email": "b@sheenmagazine.com", "fullName": "Bea Doe"})
    (bea,) = (await operator.get("/getUsers?page=1&limit=9&fullName=bea doe")).body["users"]
    answer = await operator.ask(method, f"/deleteUser/{bea['userId']}")
    assert (answer.status, answer.raw) == (204, b"")
    assert (await operator.get("/getUsers?page=1&limit=9&fullName=bea doe")).body["users"] == []
    answer = await operator.ask(method, f"/deleteUser/{bea['userId']}")
    assert (answer.status, answer.body) == (400, residents.bad_request("User does not exist."))


async def test_get_subscription_products(hiroba: serving.Serving) -> None:
    await products.offer(hiroba.context, platform="ios", product_type="video", product_id=PRODUCT)
    anybody = hiroba.client(residents.PREFIX)
    for path in ("/getSubscriptionProduct", "/getSubscriptionProducts"):
        answer = await anybody.get(f"{path}?platform=ios")
        assert (answer.status, answer.body) == (200, [{"id": PRODUCT, "type": "video"}])
        for other in ("?platform=android", "?platform=windows", ""):
            assert (await anybody.get(f"{path}{other}")).body == []
