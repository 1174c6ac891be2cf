"""What can be set about the database. Each field's unit is the end of its name."""

import msgspec


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """The section `database` of the configuration. Refuses (ValueError): limits that are no limits."""

    url: str = ""
    """Which PostgreSQL (14 or later): `postgresql://user:password@host:5432/name`. Empty: the embedded one."""
    directory: str = "var/postgres"
    """Where the embedded PostgreSQL keeps its data."""
    connections_max: int = 10
    """How many statements and transactions run at once; whoever comes later waits for a turn."""
    acquire_timeout_seconds: float = 2.0
    """How long somebody waits for a turn before it is said that the database is unavailable."""
    statement_timeout_seconds: float = 5.0
    """How long one statement may run."""

    def __post_init__(self) -> None:
        for name in ("connections_max", "acquire_timeout_seconds", "statement_timeout_seconds"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be above 0")
