"""What can go wrong at the database, in the project's own words. The driver's exceptions end here.

The driver's texts quote statements and rows, and rows hold what no log may show: so nothing of them goes on but the
name of the condition, the constraint, and PostgreSQL's own sentence where that holds no value.
"""

import asyncio

import psycopg2
import psycopg2.errors
import psycopg2.extensions

CONFLICTS = (
    psycopg2.errors.UniqueViolation,
    psycopg2.errors.CheckViolation,
    psycopg2.errors.ForeignKeyViolation,
    # What PostgreSQL 18 calls a foreign key's ON DELETE RESTRICT.
    psycopg2.errors.RestrictViolation,
    psycopg2.errors.ExclusionViolation,
)
TIMEOUTS = (psycopg2.errors.QueryCanceled, psycopg2.errors.LockNotAvailable)
CONTENTIONS = (psycopg2.errors.DeadlockDetected, psycopg2.errors.SerializationFailure)
# OperationalError is the mother of much: a lost connection, a server going down, no room left for connections.
ABSENCES = (psycopg2.OperationalError, psycopg2.errors.IdleInTransactionSessionTimeout)
# A statement prepared before the table or view behind it changed, or that the server forgot: right on a new connection.
STALE = ("0A000", "26000")
# Data exceptions quote the value.
VALUE_QUOTING = "22"


class Conflict(Exception):
    """A constraint (unique, check, foreign key, exclusion) does not allow it. Nothing of the statement was written."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Unavailable(Exception):
    """No connection was to be had, or it broke. Of a broken one nobody knows whether its last statement took effect."""


class Timeout(Unavailable):
    """A statement took too long, or somebody cancelled it at the server."""


class Contended(Unavailable):
    """Two transactions stood in each other's way and this one lost. It wrote nothing; doing it again is right."""


class Defect(Exception):
    """PostgreSQL refuses a statement for what it says: a mistake of the code, not of circumstances."""

    def __init__(self, text: str, *, sqlstate: str = "", position: int | None = None) -> None:
        """`position` is where in the statement, in characters from 1."""
        super().__init__(text)
        self.sqlstate = sqlstate
        self.position = position


def translate(fault: psycopg2.Error, *, what: str, is_closed: bool) -> Exception:
    """The driver's fault in our words. `what` names the query; `is_closed` tells that its connection is gone."""
    name = type(fault).__name__
    if isinstance(fault, CONFLICTS):
        return Conflict(fault.diag.constraint_name or "")
    if isinstance(fault, TIMEOUTS):
        return Timeout(f"{what}: {name}")
    if isinstance(fault, CONTENTIONS):
        return Contended(f"{what}: {name}")
    if is_closed or isinstance(fault, ABSENCES):
        return Unavailable(f"{what}: {name}")
    sqlstate = fault.pgcode or ""
    said = fault.diag.message_primary
    position = fault.diag.statement_position
    text = f"{what}: {name} {sqlstate}".rstrip()
    if said and not sqlstate.startswith(VALUE_QUOTING):
        text = f"{text}: {said}"
    return Defect(text, sqlstate=sqlstate, position=int(position) if position else None)


def is_of_database(cancelled: asyncio.CancelledError) -> bool:
    """Whether the driver meant a statement that the server cancelled, for which it raises the same as a cancelled task.

    Nobody cancelled the task, or the driver was handling the server's word when it raised.
    """
    task = asyncio.current_task()
    return (task is not None and task.cancelling() == 0) or isinstance(
        cancelled.__context__, psycopg2.extensions.QueryCanceledError
    )
