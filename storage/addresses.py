"""Where PostgreSQL is, and how a connection to it is set up."""

import asyncio
import socket

from psycopg2 import ProgrammingError, extensions

from storage import faults

# For what the given address leaves open. A server that vanished is noticed within a minute, even while nobody asks.
DEFAULTS = {
    "application_name": "hiroba",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
# What reading and writing values relies on (see `connection`), whatever the server's own settings say. And a query
# whose client went away ends: without the check it would run on.
SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "bytea_output": "hex",
    "client_connection_check_interval": "1000",
}


def complete(dsn: str, session: dict[str, str]) -> str:
    """The address with all that a connection needs; `session` are PostgreSQL's settings, by name, for its whole life.

    *Refuses*: ValueError, without quoting the address: it may hold a password.
    """
    try:
        given = extensions.parse_dsn(dsn)
    except ProgrammingError:
        raise ValueError("the database's address is neither a postgresql:// URL nor a list of key=value") from None
    options = [given.pop("options", "")]
    for name, value in (SESSION | session).items():
        escaped = value.replace("\\", "\\\\").replace(" ", "\\ ")
        options.append(f"-c {name}={escaped}")
    fixed = {"client_encoding": "UTF8", "options": " ".join(options).strip()}
    return str(extensions.make_dsn(**DEFAULTS | given | fixed))


async def resolve(dsn: str) -> list[str]:
    """The same address, once for each network address behind its names, in the order to try them.

    libpq would look names up in the event loop's way; and when the first of several addresses refuses, it changes
    sockets where aiopg goes on watching the first one. *Refuses*: Unavailable (nobody knows the name).
    """
    given = extensions.parse_dsn(dsn)
    if "host" not in given or "hostaddr" in given:
        return [dsn]
    hosts = given["host"].split(",")
    ports = given.get("port", "5432").split(",")
    found: list[str] = []
    for i, host in enumerate(hosts):
        place = {"host": host, "port": ports[i] if len(ports) == len(hosts) else ports[0]}
        if host.startswith(("/", "@")):
            found.append(extensions.make_dsn(**given | place))
            continue
        try:
            answers = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError as fault:
            if host == hosts[-1] and not found:
                raise faults.Unavailable(f"nobody knows the database's host {host}: {fault}") from None
            continue
        numbers = dict.fromkeys(answer[4][0] for answer in answers)
        found.extend(extensions.make_dsn(**given | place, hostaddr=number) for number in numbers)
    return found
