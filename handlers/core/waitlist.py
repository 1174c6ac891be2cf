"""Who waits to be let in: an address asks, proves that it is its owner's by a link, and an operator says yes.

In whatever order; with both, somebody may sign up under the address. Source: contract, 7, The waitlist.
"""

from datetime import timedelta

from handlers.core import accounts, attempts, audit, refusals, tokens
from handlers.core import context as context_
from mail import letters, outbox
from storage import accounts as account_rows
from storage import traders as trader_rows
from storage import waitlist as rows


async def ask(context: context_.Context, email: str, *, language: str) -> None:
    """An address asks to be let in; the letter with its link is on its way. Nobody learns whether it asked before.

    Refuses: InvalidEmail, Throttled.
    """
    accounts.require_email(email)
    await attempts.count_mail_request(context, email)
    token = tokens.make()
    now, links = context.clock.now(), context.settings.links
    async with context.database.transaction():
        await rows.insert_link(
            context.database,
            email=email,
            secret_hash=tokens.hash_of(token),
            now=now,
            expires_at=now + timedelta(seconds=links.waitlist_ttl_seconds),
        )
        letter = letters.waitlist(
            email, link=links.waitlist_url + token, ttl_seconds=links.waitlist_ttl_seconds, language=language
        )
        await outbox.put(context.database, context.keys, letter, now)
        context.database.after_commit(context.post.wake)


async def confirm(context: context_.Context, token: str) -> None:
    """The address is its owner's. Again is fine. Refuses: NotEntitled (no such link, or one that expired)."""
    if not await rows.update_confirmed(context.database, secret_hash=tokens.hash_of(token), now=context.clock.now()):
        raise refusals.NotEntitled


async def approve(context: context_.Context, visit: audit.Visit, email: str) -> rows.Approval:
    """An operator lets an address in, before or after it asks; answers how far it is. Refuses: InvalidEmail."""
    accounts.require_email(email)
    async with context.database.transaction():
        approval = await rows.upsert_approved(context.database, email=email, now=context.clock.now())
        await audit.note(context, visit, "waitlist approved")
    return approval


async def sign_up(
    context: context_.Context, visit: audit.Visit, newcomer: accounts.Newcomer, *, organization: str | None
) -> account_rows.Account:
    """A new account of somebody who was let in.

    The address still has to be confirmed by its own link: whoever knows that an address was let in may sign up with it.
    Refuses: InvalidEmail, NotApproved; as `accounts.register`.
    """
    assert newcomer.email is not None
    accounts.require_email(newcomer.email)
    if not await rows.is_let_in(context.database, newcomer.email):
        raise refusals.NotApproved

    async def add_organization(account_id: int) -> None:
        if organization:
            await trader_rows.update(context.database, account_id, organization=organization, now=context.clock.now())

    return await accounts.register(context, visit, newcomer, also=add_organization)
