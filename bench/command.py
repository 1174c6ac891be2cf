"""The command line: which measurements, how long, and in which order."""

import argparse
import inspect
import time
from collections.abc import Awaitable, Callable
from types import ModuleType

import uvloop
from rich import console

from bench import cores, figures, report, wishes
from bench import world as world_
from bench.measurements import (
    beside_sign_ins,
    fan_out,
    growth,
    history,
    memory,
    payments,
    posts,
    reads,
    sign_ins,
    stalled,
    telling,
)

Measure = Callable[[world_.World, wishes.Wishes], Awaitable[list[figures.Figure]]]
MODULES: tuple[ModuleType, ...] = (
    reads,
    history,
    posts,
    fan_out,
    memory,
    sign_ins,
    beside_sign_ins,
    stalled,
    growth,
    telling,
    payments,
)
MEASUREMENTS: dict[str, Measure] = {module.__name__.rpartition(".")[2]: module.measure for module in MODULES}


def main() -> None:
    """Measures, shows, writes down."""
    given = _arguments()
    wish = wishes.QUICK if given.quick else wishes.FULL
    out = console.Console(width=None if console.Console().is_terminal else 200)
    chosen = cores.choose()
    cores.stay_on(chosen.others)
    began = time.monotonic()
    found, faults = uvloop.run(_run(given.names or list(MEASUREMENTS), wish, chosen, out))
    made = report.make(found, faults, cores_=chosen, wish=wish, seconds=time.monotonic() - began)
    report.show(made, out)
    out.print(f"Written to {report.write(made, world_.PLACE)}", highlight=False, soft_wrap=True)
    if faults:
        raise SystemExit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the server.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--quick", action="store_true", help="short turns: whether it works, and rough figures")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are {', '.join(MEASUREMENTS)}")
    return given


async def _run(
    names: list[str], wish: wishes.Wishes, chosen: cores.Cores, out: console.Console
) -> tuple[list[figures.Figure], dict[str, str]]:
    found: list[figures.Figure] = []
    faults: dict[str, str] = {}
    with world_.made(chosen) as world:
        for name in names:
            began = time.monotonic()
            out.print(f"{name} ({_about(name)}) ...", highlight=False)
            try:
                found += await MEASUREMENTS[name](world, wish)
            except Exception as fault:
                # One that cannot be had takes the others with it no more than it must.
                faults[name] = f"{type(fault).__name__}: {fault}"
            out.print(f"  {time.monotonic() - began:.0f} s", highlight=False)
    return found, faults


def _about(name: str) -> str:
    module = inspect.getmodule(MEASUREMENTS[name])
    return (module.__doc__ or "").partition(":")[0].strip().lower() if module else name
