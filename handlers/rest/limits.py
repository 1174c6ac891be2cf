"""What answers tell of limits: `RateLimit-Policy` and `RateLimit`, as structured fields (RFC 9651).

The policy is the same in every answer of a route that has one. How much of it is left is told when nothing is: at any
other moment it would tell what others tried with the same account, and that two names belong to one.
Source: draft-ietf-httpapi-ratelimit-headers-11; contract, 2, Limits.
"""

from enum import Enum

from aiohttp import typedefs, web

from handlers.core import attempts, refusals, settings
from handlers.rest import problems

POLICY_HEADER = "RateLimit-Policy"


class Kind(Enum):
    """What is counted. The value is the policy's name: of several the one that a client meets first."""

    SIGN_IN = attempts.SIGN_IN
    MAIL = attempts.MAIL


def policy(kind: Kind, limits: settings.Limits) -> str | None:
    """The value of `RateLimit-Policy`; None where limits are switched off."""
    if not limits.enabled:
        return None
    if kind is Kind.MAIL:
        return _item(kind.value, limits.mails_max, limits.mails_window_seconds)
    # Only failures are counted: of one account from one address, of one address, of one account from anywhere.
    return ", ".join((
        _item(kind.value, limits.sign_in_failures_max, limits.sign_in_window_seconds),
        _item(f"{kind.value}-address", limits.sign_in_failures_address_max, limits.sign_in_window_seconds),
        _item(f"{kind.value}-account", limits.sign_in_failures_account_max, limits.sign_in_account_window_seconds),
    ))  # fmt: skip


def _item(name: str, most: int, window_seconds: int) -> str:
    return f'"{name}";q={most};w={window_seconds}'


def marked(response: web.Response, refusal: refusals.Refusal, limits: settings.Limits) -> web.Response:
    """A refusal's answer, with the policy that it is due to: any route may count a token as a sign-in."""
    if isinstance(refusal, refusals.Throttled) and refusal.limit:
        told = policy(Kind(refusal.limit), limits)
        if told is not None:
            response.headers[POLICY_HEADER] = told
    return response


def telling(serve: typedefs.Handler, policy: str) -> typedefs.Handler:
    """The same, its answers telling the policy, its refusals too."""
    told = {POLICY_HEADER: policy}

    async def serve_and_tell(request: web.Request) -> web.StreamResponse:
        request[problems.TOLD] = told
        response = await serve(request)
        response.headers.update(told)
        return response

    return serve_and_tell
