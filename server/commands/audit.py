"""audit: what was done by whom."""

from datetime import UTC, datetime
from pathlib import Path

import click

from handlers.core import audit as audit_
from handlers.core import context as context_
from handlers.core import operators
from handlers.pages.operator import outputs
from server.commands import acts, lines

PAGE_ROWS = 500


class Moment(click.ParamType):
    """A day or a moment."""

    name = "moment"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """ISO 8601, in UTC unless it says otherwise; or a usage error."""
        try:
            at = datetime.fromisoformat(value)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value} is no day or moment, as in 2026-01-31 or 2026-01-31T12:00:00Z", param, ctx)


@click.command()
@click.option("--account", "username", help="Only acts by or on this account: its username or e-mail.")
@click.option("--since", type=Moment(), help="Only acts since this day or moment, in UTC: 2026-01-31T12:00:00Z.")
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def audit(path: Path | None, username: str | None, since: datetime | None, is_json: bool) -> None:
    """Show what was done by whom, oldest first."""

    async def act(context: context_.Context) -> None:
        after: int | None = None
        while page := await operators.read_audit(
            context, audit_.COMMAND_LINE, username=username, since=since, after=after, most=PAGE_ROWS
        ):
            for row in page:
                fields = outputs.entry(row)
                lines.echo(fields, is_json=is_json, text=_line(fields))
            after = page[-1].id

    acts.perform(path, act)


def _line(entry: outputs.Entry) -> str:
    actor = entry.actor if entry.actor_id is None else f"{entry.actor} {entry.actor_id}"
    told = [entry.at, actor, entry.act, "-" if entry.account_id is None else f"account {entry.account_id}"]
    told += [f"{name}={value}" for name, value in entry.details.items()]
    return "\t".join(told)
