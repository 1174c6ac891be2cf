"""How a command does an act: the core as the server has it, for one coroutine, and refusals as one line on stderr."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec
import uvloop

from handlers.core import context as context_
from handlers.core import refusals
from server import config as config_
from server import embedded, lifecycle, logs, secret, settings
from storage import database as database_
from storage import migrate

# What the person at the terminal is told. Commands speak for themselves where the noun matters.
SENTENCES: dict[type[refusals.Refusal], str | Callable[[Any], str]] = {
    refusals.Invalid: lambda refusal: f"{refusal.field} {refusal.reason}",
    refusals.InvalidUsername: lambda refusal: f"a username has {refusal.reason}",
    refusals.InvalidEmail: "this is not an e-mail address",
    refusals.WeakPassword: lambda refusal: f"a password has at least {refusal.characters_min} characters",
    refusals.UsernameTaken: "this username is taken",
    refusals.EmailTaken: "this e-mail is taken",
    refusals.UnknownCommunity: "there is no such community",
    refusals.NoCommunity: "the account belongs to no community",
    refusals.NotEntitled: "there is no such account",
    refusals.WrongState: lambda refusal: f"it is {refusal.state}",
    refusals.Unavailable: "the database cannot be reached",
}

# Why nothing can be done at all. Their texts are for people.
FAILURES = (database_.Unavailable, embedded.Failed, migrate.MigrationRefused, secret.Unusable)


def load(path: Path | None) -> config_.Config:
    """The configuration that a command works with. Refuses: config.Unacceptable."""
    return config_.load(path, os.environ)


def fail(sentence: str) -> NoReturn:
    """Says why not, and ends with exit code 1."""
    click.echo(sentence, err=True)
    sys.exit(1)


def perform(path: Path | None, act: Callable[[context_.Context], Awaitable[None]], **sentences: str) -> None:
    """Does an act beside (or without) a running server. `sentences` are this command's own, by the refusal's name."""
    config = load(path)
    logs.configure(_quiet(config.logs))

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        # As Ctrl-C does it already: what was started for the command is stopped.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        async with lifecycle.assembled(config) as core:
            await act(core.context)

    try:
        uvloop.run(run())
    except refusals.Refusal as refusal:
        sentence = sentences.get(type(refusal).__name__) or SENTENCES.get(type(refusal), type(refusal).__name__)
        fail(sentence if isinstance(sentence, str) else sentence(refusal))
    except FAILURES as fault:
        fail(str(fault))
    except asyncio.CancelledError:
        sys.exit(1)


def _quiet(wishes: settings.Logs) -> settings.Logs:
    """A command's standard error is for what went wrong."""
    return msgspec.structs.replace(wishes, level="warning") if wishes.level == "info" else wishes
