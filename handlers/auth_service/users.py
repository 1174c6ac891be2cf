"""People: they sign up themselves; operators list, create, change and delete them."""

from typing import NamedTuple

import msgspec

from handlers.auth_service import asked, inputs, outputs, words
from handlers.core import accounts, directory, names, refusals
from handlers.rest import ask as ask_
from handlers.rest import identity, surface
from storage import directory as rows

routes = surface.Routes()

PAGE_MAX = 1_000_000_000
# What the list is sorted by, as the document calls it; the id is what it is sorted by anyway.
SORTS = frozenset({"email", "fullName", "gender", "city", "state", "zipCode", "isAdmin", "createdAt", "updatedAt"})
BY_ID = "userId"


class Prepared(NamedTuple):
    """A body that is as it should be, and the hash of its password: made before any transaction is open."""

    given: inputs.NewUser | inputs.Changes
    password_hash: str | None


async def _prepare_new_user(ask: ask_.Ask) -> Prepared:
    given = inputs.read(await ask.receive(), inputs.NewUser)
    return Prepared(given, await ask.context.hasher.hash(given.password))


async def _prepare_changes(ask: ask_.Ask) -> Prepared:
    # What is no path is no path whatever is sent to it.
    ask.path_id("userId")
    given = inputs.read(await ask.receive(), inputs.Changes)
    return Prepared(given, None if given.password is None else await ask.context.hasher.hash(given.password))


def _details(given: inputs.NewUser | inputs.Changes) -> rows.Details:
    first_name, last_name = (None, None) if given.full_name is None else names.split(given.full_name)
    return rows.Details(
        first_name=first_name,
        last_name=last_name,
        gender=given.gender,
        city=given.city,
        state=given.state,
        zip_code=given.zip_code,
    )


def _person(given: inputs.NewUser) -> directory.Person:
    return directory.Person(email=given.email, password=given.password, details=_details(given))


@routes.post(
    "/signUp",
    "SignUp",
    accepts=inputs.NewUser,
    answers=outputs.Told,
    who=identity.Who.ANYBODY,
    status=201,
    prepare=_prepare_new_user,
)
async def post_sign_up(ask: ask_.Ask) -> outputs.Told:
    """A new account; the letter that confirms its address is on its way. Nobody makes themselves an operator."""
    given, password_hash = ask.body
    await directory.join(ask.context, ask.visit, _person(given), password_hash=password_hash)
    return outputs.Told(words.CREATED)


@routes.get("/getUsers", "Get Users", query=asked.Wanted, answers=outputs.Users, who=identity.Who.OPERATOR)
async def get_users(ask: ask_.Ask) -> outputs.Users:
    """People by what they have, page by page: `page` and `limit` are required, or `limit` with `before` or `after`."""
    number, limit = _page(ask)
    page = ask.page()
    found = await directory.search(
        ask.context, _filters(ask), _order(ask.query("sort")),
        most=limit, skipped=(number - 1) * limit, after=page.after, before=page.before,
    )  # fmt: skip
    return outputs.Users(words.FOUND, [outputs.listed(entry, limit=limit) for entry in found])


def _page(ask: ask_.Ask) -> tuple[int, int]:
    """Refuses: InvalidFields. An entry to go on from stands for the page, if there is none."""
    is_from_entry = any(name in ask.request.query for name in ("before", "after"))
    given = {"page": ask.query("page"), "limit": ask.query("limit")}
    if given["page"] is None and is_from_entry:
        given["page"] = "1"
    read = {
        name: _number(text, most) for (name, text), most in zip(given.items(), (PAGE_MAX, ask_.LIMIT_MAX), strict=True)
    }
    wrong = {name: msgspec.UNSET if given[name] is None else given[name] for name in given if read[name] is None}
    if wrong:
        raise refusals.InvalidFields(wrong)
    return read["page"] or 1, read["limit"] or 1


def _number(text: str | None, most: int) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len(str(most)):
        return None
    return int(text) if 1 <= int(text) <= most else None


def _filters(ask: ask_.Ask) -> rows.Filters:
    """What is asked for without a value is not asked for."""
    return rows.Filters(
        email=ask.query("email") or None,
        full_name=" ".join((ask.query("fullName") or "").split()) or None,
        gender=ask.query("gender") or None,
        city=ask.query("city") or None,
        state=ask.query("state") or None,
        zip_code=ask.query("zipCode") or None,
        is_operator=ask.query("isAdmin") or None,
        account_id=ask.query("userId") or None,
    )


def _order(sort: str | None) -> rows.Order:
    """Source: contract, 5: a field with optional "-", unknown ones are ignored."""
    field = (sort or "").removeprefix("-")
    is_known = field in SORTS or field == BY_ID
    return rows.Order(field if field in SORTS else None, is_back=is_known and field != sort)


@routes.post(
    "/createUser",
    "Create User",
    accepts=inputs.NewUser,
    answers=outputs.Told,
    who=identity.Who.OPERATOR,
    status=201,
    prepare=_prepare_new_user,
)
async def post_create_user(ask: ask_.Ask) -> outputs.Told:
    """An account for somebody, made by an operator; with `isAdmin` another operator."""
    given, password_hash = ask.body
    await directory.create(
        ask.context, ask.visit, _person(given), password_hash=password_hash, is_operator=given.is_admin
    )
    return outputs.Told(words.CREATED)


@routes.put(
    r"/updateUser/{userId:\d+}",
    "Update User",
    accepts=inputs.Changes,
    answers=outputs.Updated,
    who=identity.Who.OPERATOR,
    prepare=_prepare_changes,
)
async def put_update_user(ask: ask_.Ask) -> outputs.Updated:
    """Changes what is told; with a password the person is signed out everywhere. An e-mail stays what it is."""
    given, password_hash = ask.body
    account_id = ask.path_id("userId")
    entry = await directory.revise(
        ask.context, ask.visit, account_id, _details(given), email=given.email, password_hash=password_hash
    )
    return outputs.Updated(words.UPDATED, outputs.updated(entry))


@routes.put(r"/deleteUser/{userId:\d+}", "Delete User", who=identity.Who.OPERATOR, status=204)
async def put_delete_user(ask: ask_.Ask) -> None:
    """Makes the account anonymous."""
    await accounts.delete(ask.context, ask.visit, ask.path_id("userId"))


@routes.delete(r"/deleteUser/{userId:\d+}", "Delete User", who=identity.Who.OPERATOR, status=204)
async def delete_delete_user(ask: ask_.Ask) -> None:
    """The same."""
    await accounts.delete(ask.context, ask.visit, ask.path_id("userId"))
