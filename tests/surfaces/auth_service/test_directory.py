"""What operators do in the directory: the list, page by page, and what they change."""

from typing import Any

import pytest

from handlers.core import accounts, audit, names
from storage import accounts as account_rows
from storage import directory
from tests import clocks, serving
from tests.surfaces import attacks
from tests.surfaces.auth_service import residents

PEOPLE = (
    {"email": "ann@town.example", "fullName": "Ann Zimmer", "gender": "F", "city": "Kaga", "state": "HI"},
    {"email": "bob@town.example", "fullName": "Bob Young", "gender": "M", "city": "kaga", "state": "CA"},
    {"email": "cat@town.example", "fullName": "Cat Xu", "gender": "F", "city": "Kagari", "state": "CA"},
)
ROUTES = (
    ("GET", "/getUsers?page=1&limit=1"), ("POST", "/createUser"), ("PUT", "/updateUser/1"), ("PUT", "/deleteUser/1"),
    ("DELETE", "/deleteUser/1"),
)  # fmt: skip


@pytest.fixture
async def operator(hiroba: serving.Serving, clock: clocks.MovableClock) -> serving.Client:
    """Jane, an operator, and the people whom she put in, a minute after the other."""
    operator = await residents.operator(hiroba)
    for one in PEOPLE:
        clock.advance(minutes=1)
        assert (await operator.post("/createUser", {**residents.JANE, "isAdmin": False, **one})).status == 201
    return operator


async def found(operator: serving.Client, query: str) -> list[dict[str, Any]]:
    answer = await operator.get(f"/getUsers?{query}")
    assert answer.status == 200, answer.raw
    return answer.body["users"]


async def first_names(operator: serving.Client, query: str) -> list[str]:
    return [user["fullName"].split()[0] for user in await found(operator, query)]


async def ids(operator: serving.Client) -> dict[str, int]:
    return {user["fullName"].split()[0]: user["userId"] for user in await found(operator, "page=1&limit=200")}


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_it_is_for_operators(hiroba: serving.Serving, method: str, path: str) -> None:
    member = await residents.sign_up(hiroba)
    told = await member.ask(method, path)
    assert (told.status, told.body["errors"][0]["value"]) == (401, "Unauthorized")
    token = (await residents.sign_in(member))["token"]
    told = await member.ask(method, path)
    assert (told.status, told.body["errors"][0]["value"]) == (403, "Forbidden")
    for header, status in ((f"Bearer {token}", 403), (f"bearer {token}", 403), ("Bearer x", 401), ("Basic x", 401)):
        answer = await hiroba.client(residents.PREFIX).ask(method, path, headers={"Authorization": header})
        assert answer.status == status, header


async def test_a_token_is_as_good_as_the_cookie_and_goes_before_it(hiroba: serving.Serving) -> None:
    operator = await residents.operator(hiroba)
    token = (await residents.sign_in(operator))["token"]
    path = "/getUsers?page=1&limit=1"
    anybody = hiroba.client(residents.PREFIX)
    assert (await anybody.get(path, headers={"Authorization": f"Bearer {token}"})).status == 200
    assert (await operator.get(path, headers={"Authorization": "Bearer something else"})).status == 401
    # That of another API's session is none of ours.
    community = hiroba.client("/community")
    await community.post("/login", {"username": residents.EMAIL, "password": residents.PASSWORD})
    (cookie,) = community.http.cookie_jar
    assert (await anybody.get(path, headers={"Authorization": f"Bearer {cookie.value}"})).status == 401


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Jane", "Ann", "Bob", "Cat"]),
        ("gender=F", ["Jane", "Ann", "Cat"]),
        ("gender=f&state=ca", ["Jane", "Cat"]),
        ("city=KAGA", ["Ann", "Bob"]),
        ("city=", ["Jane", "Ann", "Bob", "Cat"]),
        ("city=kag%25", []),
        ("zipCode=90001", ["Jane", "Ann", "Bob", "Cat"]),
        ("email=BOB@town.example", ["Bob"]),
        ("fullName=cat  xu", ["Cat"]),
        ("isAdmin=TRUE", ["Jane"]),
        ("userId=0", []),
        ("title=x&password=y", ["Jane", "Ann", "Bob", "Cat"]),
        ("sort=email", ["Ann", "Bob", "Cat", "Jane"]),
        ("sort=-email", ["Jane", "Cat", "Bob", "Ann"]),
        ("sort=fullName", ["Ann", "Bob", "Cat", "Jane"]),
        ("sort=city", ["Ann", "Bob", "Cat", "Jane"]),
        ("sort=-city", ["Jane", "Cat", "Bob", "Ann"]),
        ("sort=isAdmin", ["Ann", "Bob", "Cat", "Jane"]),
        ("sort=createdAt", ["Jane", "Ann", "Bob", "Cat"]),
        ("sort=-createdAt", ["Cat", "Bob", "Ann", "Jane"]),
        ("sort=-userId", ["Cat", "Bob", "Ann", "Jane"]),
        ("sort=userId", ["Jane", "Ann", "Bob", "Cat"]),
        ("sort=-title", ["Jane", "Ann", "Bob", "Cat"]),
        ("sort=-", ["Jane", "Ann", "Bob", "Cat"]),
        ("sort=", ["Jane", "Ann", "Bob", "Cat"]),
    ],
)
async def test_what_is_asked_for(operator: serving.Client, query: str, expected: list[str]) -> None:
    assert await first_names(operator, f"page=1&limit=200&{query}") == expected


async def test_pages(operator: serving.Client) -> None:
    for number, expected in ((1, ["Jane", "Ann", "Bob"]), (2, ["Cat"]), (3, []), (1_000_000_000, [])):
        users = await found(operator, f"page={number}&limit=3")
        assert [user["fullName"].split()[0] for user in users] == expected
        assert {(user["total"], user["pages"]) for user in users} <= {(4, 2)}
    users = await found(operator, "page=1&limit=2&gender=M")
    assert [(user["total"], user["pages"]) for user in users] == [(1, 1)]


async def test_pages_from_an_entry_in_the_lists_own_order(operator: serving.Client) -> None:
    people = await ids(operator)
    ann, cat, jane = people["Ann"], people["Cat"], people["Jane"]
    for query, expected in (
        (f"after={ann}", ["Bob", "Cat"]),
        (f"before={cat}", ["Ann", "Bob"]),
        (f"after={jane}&before={cat}", ["Ann", "Bob"]),
        (f"after={ann}&sort=-email", []),
        (f"after={cat}&sort=-email", ["Bob", "Ann"]),
        (f"before={ann}&sort=-email", ["Cat", "Bob"]),
        (f"after={ann}&page=2", []),
        (f"after={jane}&page=2", ["Cat"]),
        ("after=0", ["Jane", "Ann"]),
        ("before=9223372036854775807", ["Bob", "Cat"]),
        ("after=0&sort=email", []),
        (f"after={ann}&gender=F", ["Cat"]),
    ):
        assert await first_names(operator, f"limit=2&{query}") == expected, query
    # An entry that went meanwhile still has its place.
    await operator.delete(f"/deleteUser/{people['Bob']}")
    assert await first_names(operator, f"limit=2&after={people['Bob']}") == ["Cat"]
    assert await first_names(operator, f"limit=2&before={people['Bob']}") == ["Jane", "Ann"]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("page=0&limit=201", {"page": "0", "limit": "201"}), ("page=x&limit=-1", {"page": "x", "limit": "-1"}),
        ("page=&limit=9999999999999999999999", {"page": "", "limit": "9999999999999999999999"}),
        ("page=1000000001&limit=1", {"page": "1000000001"}),
    ],
)  # fmt: skip
async def test_numbers_that_are_none(operator: serving.Client, query: str, wrong: dict[str, str]) -> None:
    answer = await operator.get(f"/getUsers?{query}")
    assert answer.status == 400
    assert answer.body["errors"] == [
        {"value": value, "msg": f"Must provide a {name} for users", "param": name, "location": "query"}
        for name, value in wrong.items()
    ]


async def test_no_list_shows_a_password(operator: serving.Client, hiroba: serving.Serving) -> None:
    answer = await operator.get("/getUsers?page=1&limit=200")
    assert b"$2" not in answer.raw and b"assword" not in answer.raw


async def test_names_are_those_of_every_api(operator: serving.Client, hiroba: serving.Serving) -> None:
    context = hiroba.context
    for username, email, first, last in (
        ("haru", "h@town.example", None, None), (None, "local.part@town.example", "", ""), ("riku", None, "Riku", None),
        ("yuina", None, None, "Ito"), ("emma", None, "Emma", ""),
    ):  # fmt: skip
        profile = accounts.Profile(first_name=first, last_name=last)
        newcomer = accounts.Newcomer(username=username, email=email, password=serving.PASSWORD, profile=profile)
        made = await accounts.register(context, audit.COMMAND_LINE, newcomer)
        entry = await directory.find(context.database, made.id)
        assert entry is not None and entry.full_name == names.first_last(made)


async def test_who_an_operator_makes_is_confirmed_and_may_be_an_operator(
    operator: serving.Client, hiroba: serving.Serving
) -> None:
    new = {**residents.JANE, "email": "dan@town.example", "isAdmin": True}
    assert (await operator.post("/createUser", new)).status == 201
    assert await hiroba.letters("dan@town.example") == []
    dan = hiroba.client(residents.PREFIX)
    assert (await residents.sign_in(dan, "dan@town.example"))["user"]["isAdmin"] is True
    account = await account_rows.find_by_login(hiroba.context.database, "dan@town.example")
    assert account is not None and account.confirmed_at is not None
    acts = [entry.act for entry in await audit.entries(hiroba.context.database, account_id=account.id, most=9)]
    assert acts[:3] == ["registered", "account created", "operator promoted"]


async def test_what_is_not_told_stays(operator: serving.Client) -> None:
    people = await ids(operator)
    answer = await operator.put(f"/updateUser/{people['Ann']}", {"city": "Tokyo", "isAdmin": True, "userId": 1, "x": 1})
    expected = {**residents.SHOWN, **PEOPLE[0], "city": "Tokyo", "isAdmin": False}
    assert (answer.status, answer.body["user"]) == (200, expected)
    assert (await operator.put(f"/updateUser/{people['Ann']}", {})).body["user"] == expected
    answer = await operator.put(f"/updateUser/{people['Ann']}", {"fullName": "Anna", "email": "ANN@town.example"})
    assert answer.body["user"] == {**expected, "fullName": "Anna"}


async def test_changes_that_are_none(operator: serving.Client) -> None:
    people = await ids(operator)
    before = await found(operator, "page=1&limit=9")
    everything_wrong = {
        "email": "x@", "password": "weak", "fullName": " ", "gender": None, "city": 1, "state": "ca", "zipCode": 90001,
    }  # fmt: skip
    answer = await operator.put(f"/updateUser/{people['Ann']}", everything_wrong)
    assert [problem["param"] for problem in answer.body["errors"]] == list(everything_wrong)
    assert [problem["value"] for problem in answer.body["errors"]] == list(everything_wrong.values())
    for user_id in ("0", "9" * 15, "9" * 30):
        for method, path in (("PUT", "updateUser"), ("PUT", "deleteUser"), ("DELETE", "deleteUser")):
            answer = await operator.ask(method, f"/{path}/{user_id}", {"city": "Kaga"})
            assert (answer.status, answer.body) == (400, residents.bad_request("User does not exist."))
    assert (await operator.put("/updateUser/x", {})).status == 404
    assert await found(operator, "page=1&limit=9") == before


async def test_a_new_password_signs_the_person_out_and_not_the_operator(
    operator: serving.Client, hiroba: serving.Serving
) -> None:
    people = await ids(operator)
    ann = hiroba.client(residents.PREFIX)
    await residents.sign_in(ann, "ann@town.example")
    for who in ("Ann", "Jane"):
        answer = await operator.put(f"/updateUser/{people[who]}", {"password": "WhiteFreedom2020!*"})
        assert answer.status == 200
    assert (await ann.get("/getUsers?page=1&limit=1")).status == 401
    assert (await operator.get("/getUsers?page=1&limit=1")).status == 200
    await residents.sign_in(ann, "ann@town.example", "WhiteFreedom2020!*")


async def test_who_is_deleted_is_nobody_any_more(operator: serving.Client, hiroba: serving.Serving) -> None:
    people = await ids(operator)
    ann = hiroba.client(residents.PREFIX)
    await residents.sign_in(ann, "ann@town.example")
    await ann.post("/requestPasswordReset", {"email": "ann@town.example"})
    assert (await operator.put(f"/deleteUser/{people['Ann']}")).status == 204
    assert (await ann.get("/getUsers?page=1&limit=1")).status == 401
    answer = await ann.post("/login", {"email": "ann@town.example", "password": residents.PASSWORD})
    assert answer.body == residents.bad_request("User does not exist.")
    account = await account_rows.find_by_id(hiroba.context.database, people["Ann"])
    assert account is not None and names.first_last(account) == names.DELETED
    # The address is free again.
    await residents.sign_up(hiroba, email="ann@town.example")


async def test_an_idempotency_key_does_it_once(operator: serving.Client) -> None:
    new = {**residents.JANE, "email": "dan@town.example"}
    more: dict[str, Any] = {"headers": {"Idempotency-Key": "one"}}
    first, again = [await operator.post("/createUser", new, **more) for _ in range(2)]
    assert (first.status, again.status, again.raw) == (201, 201, first.raw)
    assert (await operator.post("/createUser", {**new, "city": "Kaga"}, **more)).status == 422
    people = await ids(operator)
    for method in ("PUT", "DELETE"):
        more = {"headers": {"Idempotency-Key": method}}
        path = f"/deleteUser/{people['Dan' if method == 'PUT' else 'Cat']}" if "Dan" in people else "/deleteUser/0"
        told = [await operator.ask(method, path, **more) for _ in range(2)]
        assert len({(answer.status, answer.raw) for answer in told}) == 1
    path, changes = f"/updateUser/{people['Ann']}", {"password": "WhiteFreedom2020!*", "city": "Tokyo"}
    more = {"headers": {"Idempotency-Key": "two"}}
    first, again = [await operator.put(path, changes, **more) for _ in range(2)]
    assert (again.status, again.raw) == (200, first.raw)


@pytest.mark.parametrize("name", [name for name in residents.JANE if name not in ("email", "isAdmin")])
async def test_odd_changes_are_made_or_refused(operator: serving.Client, calm: list, name: str) -> None:
    people = await ids(operator)
    for value in attacks.ODD_VALUES:
        before = await found(operator, "page=1&limit=9")
        answer = await operator.put(f"/updateUser/{people['Ann']}", b'{"%s":%s}' % (name.encode(), value))
        assert answer.status in (200, 400), value
        if answer.status == 400:
            assert list(answer.body) == ["errors"] and len(answer.raw) < 1000
            assert await found(operator, "page=1&limit=9") == before


async def test_odd_questions_are_answered(operator: serving.Client, calm: list) -> None:
    odd = (
        "%25",
        "_",
        "'--",
        "%5C",
        "%E2%80%AE",
        "x" * 1000,
        "0",
        "9" * 40,
        "null",
        "%EF%BC%91",
        "true",
        "%ff",
        "%ED%A0%80",
    )
    for name in (*residents.JANE, "userId", "sort", "before", "after", "platform"):
        for value in odd:
            assert (await operator.get(f"/getUsers?page=1&limit=9&{name}={value}")).status in (200, 400)
        for value in ("%00", "x" * 1001):
            status = (await operator.get(f"/getUsers?page=1&limit=9&{name}={value}")).status
            assert status == (200 if name in ("password", "platform") else 400), (name, value)
