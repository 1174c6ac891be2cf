"""audit: what was done by whom."""

from datetime import datetime
from pathlib import Path

import click

from handlers.core import audit as audit_
from handlers.core import context as context_
from handlers.core import operators
from handlers.pages.operator import outputs
from server.commands import acts, arguments, lines


@click.command()
@click.option("--account", "username", help="Only acts by or on this account: its username or e-mail.")
@click.option(
    "--since", type=arguments.Moment(), help="Only acts since this day or moment, in UTC: 2026-01-31T12:00:00Z."
)
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def audit(path: Path | None, username: str | None, since: datetime | None, is_json: bool) -> None:
    """Show what was done by whom, oldest first."""

    async def act(context: context_.Context) -> None:
        after: int | None = None
        while page := await operators.read_audit(
            context, audit_.COMMAND_LINE, username=username, since=since, after=after, most=lines.PAGE_ROWS
        ):
            for row in page:
                fields = outputs.entry(row)
                lines.echo(fields, is_json=is_json, columns=_columns(fields))
            after = page[-1].id

    acts.perform(path, act)


def _columns(entry: outputs.Entry) -> list[str]:
    actor = entry.actor if entry.actor_id is None else f"{entry.actor} {entry.actor_id}"
    told = [entry.at, actor, entry.act, "-" if entry.account_id is None else f"account {entry.account_id}"]
    told += [f"{name}={value}" for name, value in entry.details.items()]
    return told
