"""waitlist approve: who may sign up to trade allowances."""

from pathlib import Path

import click

from handlers.core import audit
from handlers.core import context as context_
from handlers.core import waitlist as waitlist_
from server.commands import acts


@click.group()
def waitlist() -> None:
    """Let people in who wait to sign up."""


@waitlist.command()
@click.argument("email")
@click.pass_obj
def approve(path: Path | None, email: str) -> None:
    """Let an e-mail address sign up, before or after it asks and confirms that it is somebody's."""

    async def act(context: context_.Context) -> None:
        approval = await waitlist_.approve(context, audit.COMMAND_LINE, email)
        waits = "" if approval.is_confirmed else " Its owner has not confirmed it yet."
        if not approval.has_asked:
            waits = " It has not asked yet."
        click.echo(f"{email} is approved.{waits}")

    acts.perform(path, act)
