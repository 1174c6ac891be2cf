"""What the contract says of auth-service beyond its document's examples."""

from typing import Any

import msgspec
import pytest

from handlers.auth_service import inputs
from handlers.core import accounts, audit, refusals
from storage import accounts as account_rows
from tests import clocks, people, serving
from tests.surfaces.auth_service import residents

PASSWORD_RULE = (
    "Please enter a password at least 8 character and contain at least one uppercase,"
    " least one lower case, and at least one special character."
)
SENTENCES = {
    "email": "Must provide a existing and valid email.",
    "password": PASSWORD_RULE,
    "fullName": "Must provide your first and last name.",
    "gender": "Gender submitted is not allowed for this field.",
    "city": "Must provide the city in which you stay.",
    "state": "State submitted is not allowed for this field.",
    "zipCode": "Must provide your zip code.",
    "code": "Must provide a valid code.",
}
NEW_USER = ("email", "password", "fullName", "gender", "city", "state", "zipCode")


@pytest.fixture
async def anybody(hiroba: serving.Serving) -> serving.Client:
    """Nobody's browser."""
    return hiroba.client(residents.PREFIX)


def absent(*names: str) -> list[dict[str, str]]:
    return [
        {"msg": sentence, "param": name, "location": "body"}
        for name in names
        for sentence in ("Invalid value", SENTENCES[name])
    ]


def wrong(**given: Any) -> list[dict[str, Any]]:
    return [
        {"value": value, "msg": SENTENCES[name], "param": name, "location": "body"} for name, value in given.items()
    ]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/login", ("email", "password")),
        ("/signUp", NEW_USER),
        ("/changePassword", ("email", "password", "code")),
        ("/requestPasswordReset", ("email",)),
    ],
)
async def test_every_absent_field_is_told_twice_in_order(
    anybody: serving.Client, path: str, names: tuple[str, ...]
) -> None:
    answer = await anybody.post(path, {})
    assert (answer.status, answer.body["errors"]) == (400, absent(*names))
    answer = await anybody.post(path, dict.fromkeys(names[1:]))
    assert answer.body["errors"] == absent(names[0]) + wrong(**dict.fromkeys(names[1:]))


async def test_every_wrong_field_is_told_with_its_value(anybody: serving.Client) -> None:
    given = {
        "zipCode": "9000", "state": "XX", "city": "  ", "gender": "f", "fullName": "", "password": 12, "email": "a@b",
    }  # fmt: skip
    answer = await anybody.post("/signUp", given)
    # In the document's order, whatever that of the request is.
    assert (answer.status, answer.body["errors"]) == (400, wrong(**{name: given[name] for name in NEW_USER}))
    answer = await anybody.post("/signUp", {**residents.JANE, "isAdmin": "yes", "more": 1})
    problem = {"value": "yes", "msg": "Invalid value", "param": "isAdmin", "location": "body"}
    assert (answer.status, answer.body["errors"]) == (400, [problem])


async def test_problems_of_a_new_password_carry_both_shapes(anybody: serving.Client) -> None:
    for path in ("/changePassword", "/requestPasswordReset"):
        answer = await anybody.post(path, {"email": "a@", "password": "short", "code": "seven 7"})
        assert (answer.status, answer.body["error"]) == (400, "Bad Request")
        assert answer.body["message"] == SENTENCES["email"]
        given = {"email": "a@", "password": "short", "code": "seven 7"}
        expected = given if path == "/changePassword" else {"email": "a@"}
        assert answer.body["errors"] == wrong(**expected)
    answer = await anybody.post("/changePassword", b"[]")
    assert (answer.status, list(answer.body)) == (400, ["error", "message", "errors"])


@pytest.mark.parametrize(
    "value",
    ["x" * 300_000, ["x" * 1000] * 100, {"a": {"b": [None, True, 1.5]}}, -(10**400), 2**64, [[[[[[1]]]]]]],
    ids=lambda value: type(value).__name__,
)
async def test_a_value_that_is_long_is_quoted_in_part(anybody: serving.Client, value: Any) -> None:
    body = str(msgspec.json.encode({**residents.JANE, "city": 0}), "utf-8")
    written = str(value) if isinstance(value, int) else str(msgspec.json.encode(value), "utf-8")
    answer = await anybody.post("/signUp", body.replace('"city":0', f'"city":{written}').encode())
    assert answer.status == 400
    assert len(answer.raw) < 500
    assert answer.body["errors"][0]["param"] == "city"


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("Abcdef1!", True), ("Abcdefg!", True), ("Ab!defgh" * 100, True), ("Äbcdefg€", True),
        ("Abcde1!", False), ("abcdef1!", False), ("ABCDEF1!", False), ("Abcdefg1", False), ("Abcdefg ", False),
        ("Ab!" * 400, False),
    ],
)  # fmt: skip
async def test_passwords(anybody: serving.Client, password: str, is_taken: bool) -> None:
    answer = await anybody.post("/signUp", {**residents.JANE, "password": password})
    assert answer.status == (201 if is_taken else 400)
    if is_taken:
        await residents.sign_in(anybody, password=password)


def test_states_and_territories() -> None:
    assert len(inputs.STATES) == 50 + 1 + 6 + 3
    assert {"CA", "DC", "PR", "GU", "VI", "AS", "MP"} < inputs.STATES


async def test_an_email_is_kept_in_small_letters_and_found_in_any(
    hiroba: serving.Serving, anybody: serving.Client
) -> None:
    await residents.sign_up(hiroba, email="Jane@Town.Example")
    assert (await residents.sign_in(anybody, "JANE@town.example"))["user"]["email"] == "jane@town.example"
    letter = (await hiroba.letters("jane@town.example"))[0]
    assert letter.subject == "Please confirm your e-mail address"


@pytest.mark.parametrize(("written", "kept"), [("ΝΊΚΟΣ", "νίκοσ"), ("İpek", "İpek"), ("JÜRGEN", "jürgen")])
async def test_an_email_in_other_letters_is_found_as_it_was_written(
    hiroba: serving.Serving, anybody: serving.Client, written: str, kept: str
) -> None:
    """Its small letters are the database's, by which all APIs compare."""
    email = f"{written}@hiroba.example"
    assert (await anybody.post("/signUp", {**residents.JANE, "email": email})).status == 201
    signed_in = await residents.sign_in(anybody, email)
    assert signed_in["user"]["email"] == f"{kept}@hiroba.example"
    taken = await hiroba.client("/whoami").post(
        "/register", {"username": "somebody", "email": email, "password": residents.PASSWORD}
    )
    assert taken.body == {"status": False, "message": "The given email already exists"}


async def test_nobody_makes_themselves_an_operator(hiroba: serving.Serving) -> None:
    browser = await residents.sign_up(hiroba, isAdmin=True)
    assert (await residents.sign_in(browser))["user"]["isAdmin"] is False
    answer = await browser.get("/getUsers?page=1&limit=1")
    assert (answer.status, answer.body) == (
        403,
        {"errors": [{"value": "Forbidden", "msg": "Only admins may do this."}]},
    )


async def test_who_is_from_elsewhere_signs_in_with_the_password_they_have(
    hiroba: serving.Serving, anybody: serving.Client
) -> None:
    await people.Town(hiroba.context).found()
    newcomer = accounts.Newcomer(username="haru", email="haru@town.example", password=serving.PASSWORD)
    await accounts.register(hiroba.context, audit.COMMAND_LINE, newcomer)
    for login in ("haru", "HARU", "haru@town.example"):
        answer = await anybody.post("/login", {"email": login, "password": serving.PASSWORD})
        assert answer.status == 200
        # What the account lacks is not there.
        assert set(answer.body["user"]) == {"email", "fullName", "userId", "isAdmin"}
        assert answer.body["user"]["fullName"] == "haru"


async def test_who_signed_up_here_signs_in_everywhere(hiroba: serving.Serving) -> None:
    await residents.sign_up(hiroba, fullName=" Jane  van \n Doe ")
    whoami = await hiroba.client("/whoami").post("/signin", {"email": residents.EMAIL, "password": residents.PASSWORD})
    assert whoami.body["status"] is True
    phone = hiroba.client("/community")
    answer = await phone.post("/login", {"username": residents.EMAIL, "password": residents.PASSWORD})
    # Split at the last space.
    assert (answer.body["firstName"], answer.body["lastName"]) == ("Jane van", "Doe")
    assert (await residents.sign_in(hiroba.client(residents.PREFIX)))["user"]["fullName"] == "Jane van Doe"


@pytest.mark.parametrize("name", ["Jane", "  Jane "])
async def test_a_single_word_is_a_first_name(hiroba: serving.Serving, name: str) -> None:
    browser = await residents.sign_up(hiroba, fullName=name)
    assert (await residents.sign_in(browser))["user"]["fullName"] == "Jane"


async def test_a_failed_login_is_limited_in_its_own_shape(hiroba: serving.Serving, anybody: serving.Client) -> None:
    await residents.sign_up(hiroba)
    told = [
        (await anybody.post("/login", {"email": residents.EMAIL, "password": f"WrongOne{number}!"})).body["errors"]
        for number in range(10)
    ]
    assert told == [residents.bad_request("Incorrect credentials used for login.")["errors"]] * 10
    answer = await anybody.post("/login", {"email": residents.EMAIL, "password": residents.PASSWORD})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "900")
    assert answer.headers["RateLimit"].startswith('"sign-in";r=0') and "RateLimit-Policy" in answer.headers
    assert answer.body == {
        "errors": [{"value": "Too Many Requests", "msg": "Too many attempts, try again in 900 seconds."}]
    }


async def test_unknown_accounts_cost_as_much_work_as_known_ones(
    hiroba: serving.Serving, anybody: serving.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await residents.sign_up(hiroba)
    checked: list[bool] = []
    check = hiroba.context.hasher.check

    async def counted(password: str, password_hash: str | None) -> bool:
        checked.append(password_hash is not None)
        return await check(password, password_hash)

    monkeypatch.setattr(hiroba.context.hasher, "check", counted)
    for email in (residents.EMAIL, "nobody@town.example", "nobody"):
        for password in ("WrongOne1!", "short"):
            await anybody.post("/login", {"email": email, "password": password})
    assert checked == [True, True, False, False, False, False]


async def test_who_has_an_account_is_not_found_out_by_asking_for_everybody(
    hiroba: serving.Serving, anybody: serving.Client, clock: clocks.MovableClock
) -> None:
    await residents.sign_up(hiroba)
    told = []
    for number in range(60):
        email = f"nobody{number}@town.example"
        told.append((await anybody.post("/requestPasswordReset", {"email": email})).status)
        change = {"email": email, "password": residents.PASSWORD, "code": "abcdef"}
        told.append((await anybody.post("/changePassword", change)).status)
    assert told == [400] * 100 + [429] * 20
    # Known ones are refused alike, and signing in too.
    refused = await anybody.post("/requestPasswordReset", {"email": residents.EMAIL})
    assert (refused.status, list(refused.body)) == (429, ["error", "message", "errors"])
    login = {"email": residents.EMAIL, "password": residents.PASSWORD}
    assert (await anybody.post("/login", login)).status == 429
    clock.advance(minutes=15)
    assert (await anybody.post("/requestPasswordReset", {"email": residents.EMAIL})).status == 200


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("GET", "/login", 405)])
async def test_unknown_paths_and_methods_speak_its_shape(
    anybody: serving.Client, method: str, path: str, status: int
) -> None:
    answer = await anybody.ask(method, path)
    assert (answer.status, list(answer.body)) == (status, ["errors"])


async def test_a_body_that_is_too_large(anybody: serving.Client) -> None:
    for path, names in (("/login", ["errors"]), ("/changePassword", ["error", "message", "errors"])):
        answer = await anybody.post(path, b'{"email": "' + b"x" * 1024 * 1024 + b'"}')
        assert (answer.status, list(answer.body)) == (413, names)


async def test_a_token_opens_live(hiroba: serving.Serving) -> None:
    browser = await residents.sign_up(hiroba)
    token = (await residents.sign_in(browser))["token"]
    anybody = hiroba.client()
    answer = await anybody.post("/live/ticket", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200 and answer.body["ticket"]
    assert (await anybody.post("/live/ticket", headers={"Authorization": f"Bearer {token}x"})).status == 401


async def test_in_a_race_for_an_email_one_gets_it(hiroba: serving.Serving) -> None:
    await residents.sign_up(hiroba)
    context = hiroba.context
    newcomer = accounts.Newcomer(username=None, email=residents.EMAIL.upper(), password=residents.PASSWORD)
    with pytest.raises(refusals.EmailTaken):
        await accounts.register(context, audit.COMMAND_LINE, newcomer)
    assert len(await account_rows.list_accounts(context.database, most=9)) == 1
