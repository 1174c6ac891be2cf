"""The whoami API: registration, sign-in, mails with links, linked pictures. Source: the document of the whoami API."""

from collections.abc import Sequence

import aiohttp
import msgspec

from hiroba_client import calls, faults
from hiroba_client import whoami_answers as answers

PREFIX = "/whoami"
# The API says no with status 200: what kind of no it is, only its sentence tells.
SENTENCES: dict[str, type[faults.Refused]] = {
    "Not signed in": faults.NotSignedIn,
    "Invalid session": faults.NotSignedIn,
    "Email or password is not correct": faults.WrongCredentials,
    "The given email already exists": faults.Taken,
    "The given username already exists": faults.Taken,
    "Only operators may see this": faults.Forbidden,
}
KINDS: dict[int, type[faults.Refused]] = {
    200: faults.Invalid,
    400: faults.Invalid,
    413: faults.Invalid,
    422: faults.Invalid,
    500: faults.Failed,
}


def refuse(answer: calls.Answer) -> faults.Fault | None:
    """The fault that an answer is; None for one that says yes."""
    try:
        verdict = msgspec.json.decode(answer.raw, type=answers.Verdict)
    except (msgspec.DecodeError, UnicodeError):
        verdict = answers.Verdict(False, "(no reason was given)")
    if answer.status == 200 and verdict.status is not False:
        return None
    if answer.status in (429, 503):
        kind = faults.Throttled if answer.status == 429 else faults.Unavailable
        return kind(answer.status, "", verdict.message, retry_after_seconds=answer.retry_after_seconds)
    kind_said = SENTENCES.get(verdict.message) or KINDS.get(answer.status, faults.Refused)
    return kind_said(answer.status, "", verdict.message)


class Whoami:
    """One person. Every call refuses what `faults` has."""

    def __init__(self, http: aiohttp.ClientSession, url: str, *, patience_seconds: float) -> None:
        self._caller = calls.Caller(http, url + PREFIX, refuse, patience_seconds=patience_seconds)

    async def register(self, *, username: str, password: str, email: str) -> None:
        """A new account; a letter asks to confirm its address."""
        body = {"username": username, "password": password, "email": email}
        await self._caller.once(answers.Done, "/register", body)

    async def sign_in(self, email: str, password: str) -> answers.User:
        """Opens a session. A username is as good as an e-mail."""
        signed_in = await self._caller.once(answers.SignedIn, "/signin", {"email": email, "password": password})
        return signed_in.user

    async def me(self) -> answers.User:
        """Whose session this is."""
        return (await self._caller.get(answers.SignedIn, "/signin")).user

    async def sign_out(self) -> None:
        """Ends the session, and the live connections that it carries."""
        await self._caller.once(answers.Done, "/signout", method="GET")

    async def users(self, *, limit: int | None = None, after: int | None = None) -> list[answers.ListedUser]:
        """Everybody, for operators."""
        return (await self._caller.get(answers.Users, "/users", limit=limit, after=after)).users

    async def delete_account(self, email: str, password: str) -> answers.DeletedUser:
        """Makes the account anonymous whose e-mail and password these are."""
        body = {"email": email, "password": password}
        return (await self._caller.once(answers.Deleted, "/users", body, method="DELETE")).deleted_user

    async def resend_confirmation(self, email: str) -> None:
        """Has the confirmation link mailed again."""
        await self._caller.once(answers.Done, "/resend", {"email": email})

    async def request_password_reset(self, email: str) -> None:
        """Has a link mailed that allows a new password."""
        await self._caller.once(answers.Done, "/send_pwreset_email", {"email": email})

    async def confirm(self, token: str) -> str:
        """Follows a confirmation link; answers the page that it leads to."""
        return await self._caller.follow(f"/confirm/{token}")

    async def follow_reset_link(self, token: str) -> str:
        """Follows a reset link, after which `reset_password` may be called once; answers the page that it leads to."""
        return await self._caller.follow(f"/password_reset_confirm/{token}")

    async def reset_password(self, new_password: str) -> None:
        """Sets the password that a reset link granted, or one's own soon after signing in."""
        await self._caller.once(answers.Done, "/reset_pw", {"new_password": new_password}, method="PUT")

    async def link_instagram(self, username: str) -> answers.Registered:
        """Links one's Instagram account. `username` is one's own of whoami."""
        return await self._caller.change(answers.Registered, "/instagram/register", {"username": username})

    async def update_images(
        self, *, additions: Sequence[answers.Image] = (), deletions: Sequence[str] = ()
    ) -> answers.Updated:
        """Adds and deletes linked pictures, each with its own verdict."""
        body = {"addition": list(additions), "deletion": list(deletions)}
        return await self._caller.change(answers.Updated, "/instagram/update", body)
