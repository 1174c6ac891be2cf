"""What live offers over plain HTTP: tickets to connect with, and what was missed, for clients without a websocket.

Source: contract, 8 and 9.
"""

from collections.abc import Sequence

import msgspec
from aiohttp import web

from handlers.core import context as context_
from handlers.core import events, refusals, tickets
from handlers.live import frames, telling
from handlers.live import hub as hub_
from handlers.rest import ask as ask_
from handlers.rest import details, identity, surface

EVENTS_MAX = 200


class Ticket(msgspec.Struct):
    """Opens one live connection."""

    ticket: str


class Missed(msgspec.Struct):
    """Durable frames in order, and the cursor to ask with for what follows them."""

    events: list[frames.ToClient]
    cursor: str
    resync: bool


def made(hub: hub_.Hub, identify: identity.Identify) -> surface.Surface:
    """The two endpoints, for this hub."""
    routes = surface.Routes()

    @routes.post("/ticket", "contract, 8, Who may connect", answers=Ticket, is_credential=True)
    async def post_ticket(ask: ask_.Ask) -> Ticket:
        """A ticket for one connection: single use, good for seconds, and ended with the session that made it."""
        ttl_seconds = hub.settings.ticket_ttl_seconds
        return Ticket(await tickets.issue(ask.context, ask.signed_in, ttl_seconds=ttl_seconds))

    @routes.get("/events", "contract, 8, GET /live/events", answers=Missed)
    async def get_events(ask: ask_.Ask) -> Missed:
        """What the account was due after a cursor; an unknown one gives the present cursor, and `resync`."""
        return await _missed(hub, ask)

    return surface.Surface(
        name="live",
        prefix="/live",
        document="contract, 8",
        routes=routes,
        words=details.WORDS,
        identify_with=lambda _: identify,
        is_same_origin=True,
    )


async def _missed(hub: hub_.Hub, ask: ask_.Ask) -> Missed:
    if not hub.is_running:
        raise refusals.Unavailable
    since, most = ask.query("since"), ask.page().limit or EVENTS_MAX
    present = await events.catch_up(ask.context)
    if since is None:
        return Missed([], str(present), resync=False)
    cursor = await events.find_known(ask.context, since, replay_days=hub.settings.replay_days)
    if cursor is None:
        return Missed([], str(present), resync=True)
    account_id = ask.account.id
    page = await events.replay(ask.context, account_id, since=cursor.position, until=present.position, most=most)
    told = await telling.missed(ask.context, account_id, page, present.epoch)
    position = page[-1].position if len(page) == most else max(present.position, cursor.position)
    return Missed(told, str(events.Cursor(present.epoch, position)), resync=False)


def by_what_is_shown(
    context: context_.Context, *, bearers: Sequence[identity.Identify], otherwise: identity.Identify
) -> identity.Identify:
    """By what a client shows to connect: a Bearer token, else a ticket, else a cookie; the first present decides.

    `bearers` know the tokens of one API each, and are asked in this order. Another kind of Authorization is not looked
    at: it may be what a proxy before the server asks for.
    """

    async def identify(request: web.Request) -> identity.Found:
        if identity.bearer(request) is not None:
            for by_bearer in bearers:
                session = await by_bearer(request)
                if session is not None:
                    return session
            return None
        ticket = request.query.get("ticket")
        if ticket is not None:
            return await tickets.redeem(context, ticket)
        return await otherwise(request)

    return identify
