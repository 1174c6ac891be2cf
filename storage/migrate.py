"""The database's structure: the files of schema/, applied in their order, each once, never changed afterwards."""

import hashlib
import math
import re
from pathlib import Path
from typing import NamedTuple

import msgspec

from storage import addresses, faults, queries
from storage import connection as connection_

DIRECTORY = Path(__file__).parent / "schema"
FILE = re.compile(r"(\d{4})_[a-z][a-z0-9_]*\.sql")
# A file is one transaction; its own would end that before it is noted down. PL/pgSQL's BEGIN has no semicolon.
ENDS_TRANSACTION = re.compile(r"^\s*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK)\s*;", re.IGNORECASE | re.MULTILINE)
VERSION_MIN = 140000
CONNECT_SECONDS = 10.0
# How long to wait for another starter that is migrating, and for those who use a table that is to be changed.
STARTER_PATIENCE_SECONDS = 600
TABLE_PATIENCE_SECONDS = 30


class MigrationRefused(Exception):
    """The database and the files do not fit, or a file failed. The text names the file. Nothing of it was applied."""


class File(NamedTuple):
    """One file of schema/."""

    number: int
    name: str
    checksum: str
    text: str


class Applied(msgspec.Struct, frozen=True):
    """One file that was applied to this database."""

    number: int
    name: str
    checksum: str


class Surroundings(msgspec.Struct, frozen=True):
    """What the database is."""

    version: str
    version_number: int
    encoding: str
    is_begun: bool


async def migrate(dsn: str, *, directory: Path = DIRECTORY) -> list[str]:
    """Applies what is missing, as the DSN's user, who owns the tables from then on; answers the files' names.

    Safe to be called by several starters at once. *Refuses*: MigrationRefused, Unavailable.
    """
    files = read(directory)
    connection = await _connect(dsn)
    try:
        await connection.execute(queries.find("migrate.lock"), [])
        missing = await _missing(connection, files)
        for file in missing:
            await _apply(connection, file)
    finally:
        connection.close()
    return [file.name for file in missing]


async def pending(dsn: str, *, directory: Path = DIRECTORY) -> list[str]:
    """The files that `migrate` would apply. *Refuses*: as it does."""
    connection = await _connect(dsn)
    try:
        return [file.name for file in await _missing(connection, read(directory))]
    finally:
        connection.close()


def read(directory: Path) -> list[File]:
    """The files of a folder in the order of their numbers. *Refuses*: MigrationRefused."""
    files: dict[int, File] = {}
    for path in sorted(directory.glob("*.sql")):
        match = FILE.fullmatch(path.name)
        if match is None:
            raise MigrationRefused(f"{path.name}: not a name like 0001_accounts.sql")
        # read_text makes every end of line "\n": a checkout with others is not a change.
        text = path.read_text("utf-8")
        if ENDS_TRANSACTION.search(text):
            raise MigrationRefused(f"{path.name}: a file is one transaction already and holds none of its own")
        number = int(match[1])
        if number in files:
            raise MigrationRefused(f"{path.name}: has the number of {files[number].name}")
        files[number] = File(number, path.name, hashlib.sha256(text.encode()).hexdigest(), text)
    return [files[number] for number in sorted(files)]


async def _connect(dsn: str) -> connection_.Connection:
    session = {"statement_timeout": "0", "lock_timeout": str(STARTER_PATIENCE_SECONDS * 1000)}
    address = addresses.complete(dsn, session)
    return await connection_.Connection.open(address, within_seconds=CONNECT_SECONDS, limit_seconds=math.inf)


async def _missing(connection: connection_.Connection, files: list[File]) -> list[File]:
    """What is yet to be applied. *Refuses*: MigrationRefused."""
    try:
        here, applied = await _find_applied(connection)
    except faults.Defect as defect:
        # Somebody else's tables: the text says which.
        raise MigrationRefused(f"the database cannot be read: {defect}") from None
    if here.version_number < VERSION_MIN:
        raise MigrationRefused(f"PostgreSQL 14 or later is needed; this is {here.version}")
    if here.encoding != "UTF8":
        raise MigrationRefused(f"a database in UTF8 is needed; this one is in {here.encoding}")
    by_number = {file.number: file for file in files}
    for row in applied:
        file = by_number.pop(row.number, None)
        if file is None:
            raise MigrationRefused(f"the database is newer than the code: {row.name} was applied to it and is not here")
        if file.name != row.name:
            raise MigrationRefused(f"{file.name}: was applied as {row.name}")
        if file.checksum != row.checksum:
            raise MigrationRefused(f"{file.name}: was changed after it had been applied; changes belong in a new file")
    missing = [file for file in files if file.number in by_number]
    if applied and missing and missing[0].number < applied[-1].number:
        raise MigrationRefused(f"{missing[0].name}: comes before {applied[-1].name}, which was applied already")
    return missing


async def _find_applied(connection: connection_.Connection) -> tuple[Surroundings, list[Applied]]:
    await connection.execute(queries.find("migrate.surroundings"), [])
    here = Surroundings(*connection.rows()[0])
    if not here.is_begun:
        return here, []
    await connection.execute(queries.find("migrate.list"), [])
    return here, [Applied(*row) for row in connection.rows()]


async def _apply(connection: connection_.Connection, file: File) -> None:
    await connection.command("BEGIN", what=file.name)
    try:
        await connection.execute(queries.find("migrate.limit_waiting"), [str(TABLE_PATIENCE_SECONDS * 1000)])
        # Without values: every "%" is the file's own.
        await connection.command(file.text, what=file.name)
        await connection.execute(queries.find("migrate.insert"), [file.number, file.name, file.checksum])
        await connection.command("COMMIT", what=file.name)
    except faults.Defect as defect:
        line = "" if defect.position is None else f", line {file.text.count(chr(10), 0, defect.position - 1) + 1}"
        raise MigrationRefused(f"{file.name}{line}: {defect}") from None
    except faults.Conflict as conflict:
        raise MigrationRefused(f"{file.name}: the data there is does not keep to {conflict.constraint}") from None
