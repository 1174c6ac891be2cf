"""Which core does what: the server alone on one, everything else on another."""

import os
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Cores(NamedTuple):
    """The server's core and that of PostgreSQL and the load. The same one where there is no other."""

    server: int
    others: int

    @property
    def are_two(self) -> bool:
        """Whether the server has one to itself."""
        return self.server != self.others


def choose() -> Cores:
    """The first two that this process may use."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[0], usable[min(1, len(usable) - 1)])


def stay_on(core: int) -> None:
    """This process, and all that it starts from now on, runs there."""
    os.sched_setaffinity(0, {core})


class Clock(NamedTuple):
    """What a process, and the core that it is on, have worked so far. *Units*: seconds."""

    process: float
    core: float

    @classmethod
    def of(cls, pid: int, core: int) -> "Clock":
        """Now."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        worked = (int(fields[11]) + int(fields[12])) / TICKS
        return cls(worked, _busy(core))


def _busy(core: int) -> float:
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
            return (user + nice + system + irq + softirq + steal) / TICKS
    raise LookupError(f"there is no core {core}")


def resident_bytes(pid: int) -> int:
    """The memory that a process occupies."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES


def machine() -> dict[str, str | int]:
    """What the figures were measured on."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    system = os.uname()
    return {"cpu": model, "cores": os.cpu_count() or 1, "system": f"{system.sysname} {system.release}"}
