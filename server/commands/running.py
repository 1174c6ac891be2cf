"""serve, migrate, demo: the server itself, and what its database is made of."""

from pathlib import Path

import click
import uvloop

from handlers.core import context as context_
from server import config as config_
from server import demo as demo_
from server import doors, lifecycle, logs
from server.commands import acts


@click.command()
@click.pass_obj
def serve(path: Path | None) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    config = acts.load(path)
    config_.check_exposure(config)
    logs.configure(config.logs)
    try:
        uvloop.run(lifecycle.serve(config))
    except (*acts.FAILURES, doors.Taken) as fault:
        acts.fail(str(fault))


@click.command()
@click.pass_obj
def migrate(path: Path | None) -> None:
    """Bring the database's schema up to this version."""

    async def act(context: context_.Context) -> None:
        click.echo("The schema is up to date.")

    acts.perform(path, act)


@click.command()
@click.pass_obj
def demo(path: Path | None) -> None:
    """Put in the demo data, once: what people did since stays."""

    async def act(context: context_.Context) -> None:
        made = await demo_.put(context)
        click.echo(f"{made} pieces of demo data were put in.")

    acts.perform(path, act)
