"""The command line. Each command calls the same acts as the routes and works beside a running server.

Errors go to stderr; the exit code is 2 for usage and 1 for refusals.
"""

import sys
from pathlib import Path

import click

from server import config as config_
from server.commands import account, audit, community, item, ledger, order, running, shop, waitlist


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The configuration file. Default: config.yaml.",
)
@click.pass_context
def cli(click_context: click.Context, path: Path | None) -> None:
    """Hiroba, the backend of a community app. Without a command: serve."""
    click_context.obj = path
    if click_context.invoked_subcommand is None:
        click_context.invoke(running.serve)


cli.add_command(running.serve)
cli.add_command(running.migrate)
cli.add_command(running.demo)
cli.add_command(account.account)
cli.add_command(community.community)
cli.add_command(ledger.ledger)
cli.add_command(shop.shop)
cli.add_command(item.item)
cli.add_command(order.order)
cli.add_command(waitlist.waitlist)
cli.add_command(audit.audit)


def main() -> None:
    """The entry point: a configuration that cannot be used is said in one line."""
    # Bytes that are no text come as halves of surrogate pairs.
    if any(not _is_text(argument) for argument in sys.argv):
        click.echo("the arguments are no text in UTF-8", err=True)
        sys.exit(2)
    try:
        cli(prog_name="python -m server")
    except config_.Unacceptable as fault:
        click.echo(str(fault), err=True)
        sys.exit(2)


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True
