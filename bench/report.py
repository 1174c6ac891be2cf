"""What a run found: a table for people, JSON for programs."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich import box, console, table

import server
from bench import cores, figures, wishes

# Beyond this share of the server's core, what others did there is in the figures too.
DISTURBED_MAX = 0.03


class Report(msgspec.Struct, kw_only=True):
    """A whole run."""

    at: datetime
    version: str
    python: str
    machine: dict[str, str | int]
    cores: cores.Cores
    wishes: wishes.Wishes
    seconds: float
    figures: list[figures.Figure]
    faults: dict[str, str]


def make(
    found: Sequence[figures.Figure],
    faults: dict[str, str],
    *,
    cores_: cores.Cores,
    wish: wishes.Wishes,
    seconds: float,
) -> Report:
    """The run as it was."""
    return Report(
        at=datetime.now(UTC),
        version=server.VERSION,
        python=platform.python_version(),
        machine=cores.machine(),
        cores=cores_,
        wishes=wish,
        seconds=round(seconds, 1),
        figures=list(found),
        faults=faults,
    )


def write(report: Report, place: Path) -> Path:
    """Writes it down, under the time at which it was."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{report.at:%Y%m%d-%H%M%S}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    return path


def show(report: Report, out: console.Console) -> None:
    """The figures beside their targets, and what stands behind them."""
    shown = table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("figure")
    shown.add_column("target", justify="right")
    shown.add_column("reached", justify="right")
    shown.add_column("rounds", justify="right")
    shown.add_column("made of")
    for figure in report.figures:
        sign = ">=" if figure.relation == "at least" else "<="
        colour = "green" if figure.is_met else "red"
        low, high = (min(figure.rounds), max(figure.rounds)) if figure.rounds else (figure.reached, figure.reached)
        shown.add_row(
            figure.title,
            f"{sign} {figure.target:g} {figure.unit}".strip(),
            f"[{colour}]{figure.reached:.3g}[/{colour}]" + ("" if figure.is_met else " (missed)"),
            f"{low:.3g} to {high:.3g}" if figure.rounds else "",
            ", ".join(f"{name.replace('_', ' ')} {value:,g}" for name, value in figure.details.items()),
        )
    out.print(shown)
    for name, fault in report.faults.items():
        out.print(f"[red]{name} failed:[/red] {fault}", highlight=False)
    disturbed = [figure.name for figure in report.figures if _disturbance(figure) > DISTURBED_MAX]
    if disturbed:
        out.print(f"Others worked on the server's core during {', '.join(disturbed)}: in part these are noise.")
    if not report.cores.are_two:
        out.print("There is one core only: server, PostgreSQL and load shared it, and no figure means much.")


def _disturbance(figure: figures.Figure) -> float:
    return max((value for name, value in figure.details.items() if name.endswith("_disturbed")), default=0.0)
