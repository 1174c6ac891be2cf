"""How somebody shows who they are, at each API: a cookie, a header, a token in the body."""

from typing import Any, NamedTuple

import psycopg2

from handlers.core import audit, chosen_tokens, claims, sessions
from handlers.rest import surface
from storage import accounts as account_rows
from tests import serving
from tests.rights.cast import Cast, Who


class Proof(NamedTuple):
    """What a request carries beside its row's body."""

    headers: dict[str, str]
    fields: dict[str, str]


async def proof(cast: Cast, who: Who, api: surface.Surface, owner: psycopg2.extensions.connection) -> Proof:
    """A new session of theirs, such as it is, as it is shown to this API; of nobody, none."""
    # Live takes any API's.
    name = "community" if api.name == "live" else api.name
    account = cast.account(who)
    if account is None:
        return Proof({}, {})
    if who is Who.OTHER_DOOR:
        return _shown(cast, api, await _opened(cast, account, "whoami" if name != "whoami" else "community"))
    if who is Who.EXPIRED and name == "shop":
        # There an account has one session only, and the member's is needed.
        account = cast.friend
    if who is Who.DISABLED:
        _run(owner, "UPDATE accounts SET disabled_at = NULL WHERE id = %(id)s", id=account.id)
    token = await OPENING.get(name, _opened)(cast, account, name)
    if who is Who.DISABLED:
        _run(owner, "UPDATE accounts SET disabled_at = now() WHERE id = %(id)s", id=account.id)
    if who is Who.EXPIRED:
        newest = "SELECT max(id) FROM sessions WHERE account_id = %(id)s AND api = %(api)s"
        _run(owner, f"UPDATE sessions SET expires_at = created_at WHERE id = ({newest})", id=account.id, api=name)
    return _shown(cast, api, token)


async def _opened(cast: Cast, account: account_rows.Account, name: str) -> str:
    visit, credentials = audit.Visit(api=name, address=""), account_rows.Credentials(account.id, None)
    return (await sessions.open_for(cast.hiroba.context, visit, credentials)).token


async def _chosen(cast: Cast, account: account_rows.Account, name: str) -> str:
    visit, credentials = audit.Visit(api=name, address=""), account_rows.Credentials(account.id, None)
    token = f"chosen by {account.username}"
    return (await chosen_tokens.open_for(cast.hiroba.context, visit, credentials, token)).token


async def _claimed(cast: Cast, account: account_rows.Account, name: str) -> str:
    visit, login = audit.Visit(api=name, address=""), account.username or ""
    return (await claims.sign_in(cast.hiroba.context, visit, login=login, password=serving.PASSWORD)).id_token


OPENING = {"shop": _chosen, "allowances": _claimed}


def _shown(cast: Cast, api: surface.Surface, token: str) -> Proof:
    if api.name == "shop":
        return Proof({}, {"token": token})
    if api.name == "allowances":
        return Proof({"Authorization": token}, {})
    return Proof({"Cookie": f"{api.cookie or 'JSESSIONID'}={token}"}, {})


def _run(owner: psycopg2.extensions.connection, statement: str, **values: Any) -> None:
    with owner.cursor() as cursor:
        cursor.execute(statement, values)
