"""Limits on what can be guessed or abused: sign-ins, and requests for mails. Source: contract, 2, Limits."""

import ipaddress
from typing import Any

from handlers.core import context as context_
from handlers.core import refusals
from storage import attempts as rows

# What is counted, as refusals name it.
SIGN_IN = "sign-in"
MAIL = "mail"
# One household or phone has a whole /64 of IPv6: counting single addresses of it would count nothing.
IPV6_PREFIX_BITS = 64


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), IPV6_PREFIX_BITS), strict=False).network_address)
    return str(parsed)


def sign_in_of(context: context_.Context, *, login: str, account_id: int | None, address: str) -> rows.SignIn:
    """The keys under which a sign-in is counted.

    Both identifiers of an account count as one; an unknown identifier counts like a known one.
    """
    who = f"unknown {login.lower()}" if account_id is None else f"account {account_id}"
    network = _network(address)
    return rows.SignIn(
        pair=context.keys.sign("attempts", f"{who}\n{network}".encode()),
        address=context.keys.sign("attempts", network.encode()),
        account=context.keys.sign("attempts", who.encode()),
    )


def _limits(context: context_.Context) -> rows.SignInLimits:
    limits = context.settings.limits
    return rows.SignInLimits(
        pair_max=limits.sign_in_failures_max,
        address_max=limits.sign_in_failures_address_max,
        window_seconds=limits.sign_in_window_seconds,
        account_max=limits.sign_in_failures_account_max,
        account_window_seconds=limits.sign_in_account_window_seconds,
    )


async def require_sign_in(context: context_.Context, sign_in: rows.SignIn) -> None:
    """Refuses: Throttled, before any password is looked at."""
    if context.settings.limits.enabled:
        wait = await rows.find_sign_in_wait(context.database, sign_in, _limits(context), now=context.clock.now())
        if wait:
            raise refusals.Throttled(wait, SIGN_IN)


async def count_failed_sign_in(context: context_.Context, sign_in: rows.SignIn) -> None:
    """Counts a wrong password.

    Refuses: Throttled when the room was used up while the password was checked: many guesses sent at once learn no
    more than the same sent one by one.
    """
    if context.settings.limits.enabled:
        wait = await rows.insert_failed_sign_in(context.database, sign_in, _limits(context), now=context.clock.now())
        if wait:
            raise refusals.Throttled(wait, SIGN_IN)


async def remember_address(context: context_.Context, sign_in: rows.SignIn, account_id: int) -> None:
    """This account was signed in to from here: spared when others besiege it."""
    await rows.upsert_known_address(context.database, key=sign_in.pair, account_id=account_id, now=context.clock.now())


async def require_address(context: context_.Context, address: str) -> None:
    """Refuses: Throttled, where too many sign-ins failed from here, whatever the account."""
    if context.settings.limits.enabled:
        wait = await rows.find_wait(context.database, **_of_address(context, address), now=context.clock.now())
        if wait:
            raise refusals.Throttled(wait, SIGN_IN)


async def count_guess(context: context_.Context, address: str) -> None:
    """Counts a token or a name that was made up as a failed sign-in from there. Refuses: Throttled."""
    if context.settings.limits.enabled:
        wait = await rows.take(context.database, **_of_address(context, address), now=context.clock.now())
        if wait:
            raise refusals.Throttled(wait, SIGN_IN)


def _of_address(context: context_.Context, address: str) -> dict[str, Any]:
    """As `sign_in_of` counts an address, and the SQL of sign-ins calls it."""
    limits = context.settings.limits
    return {
        "kind": "sign-in address",
        "key": context.keys.sign("attempts", _network(address).encode()),
        "most": limits.sign_in_failures_address_max,
        "window_seconds": limits.sign_in_window_seconds,
    }


async def count_mail_request(context: context_.Context, email: str) -> None:
    """Counts a request for a mail to this address, whether or not anybody has it. Refuses: Throttled."""
    limits = context.settings.limits
    if limits.enabled:
        wait = await rows.take(
            context.database,
            kind=MAIL,
            key=context.keys.sign("attempts", email.lower().encode()),
            most=limits.mails_max,
            window_seconds=limits.mails_window_seconds,
            now=context.clock.now(),
        )
        if wait:
            raise refusals.Throttled(wait, MAIL)
