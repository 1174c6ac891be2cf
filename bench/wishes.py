"""How long and how often everything is measured."""

import msgspec


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """Durations and counts of one run."""

    is_quick: bool = False
    rounds: int = 5
    """How often the measured thing and its reference take turns."""
    seconds: float = 3.0
    """How long each turn is."""
    warm_up_seconds: float = 0.5
    """What is run and not counted before each turn."""
    long_seconds: float = 8.0
    """How long a turn is where the slowest hundredth is looked for."""
    long_rounds: int = 3
    sign_ins: int = 20
    """Passwords checked in a turn."""
    fan_out_messages: int = 1000
    idle_sockets: int = 2000
    large_messages: int = 1_000_000
    """Messages of the large database; the other has 10,000."""
    large_entries: int = 1_000_000
    """Entries of the large ledger; the other has 10,000."""


FULL = Wishes()
# Says whether everything works, and roughly what the figures are.
QUICK = Wishes(
    is_quick=True,
    rounds=2,
    seconds=1.0,
    warm_up_seconds=0.2,
    long_seconds=3.0,
    long_rounds=1,
    sign_ins=8,
    fan_out_messages=100,
    idle_sockets=500,
    large_messages=100_000,
    large_entries=100_000,
)
