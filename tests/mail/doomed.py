"""A process with a sink and a courier in it, to be killed: `python -m tests.mail.doomed DSN`.

It stands for the server: both live and die together. With nothing left to do it ends by itself.
"""

import asyncio
import sys

from handlers.core.clock import Clock
from handlers.core.keys import Keys
from mail import courier as courier_
from mail import transports
from mail.settings import Mail
from mail.sink import Sink
from storage.database import Database

SECRET = "the secret of the tests of mail"


async def main(dsn: str) -> None:
    """Carries what is due to its own sink."""
    database = await Database.open(dsn, connections_max=3, acquire_timeout_seconds=2, statement_timeout_seconds=5)
    sink = await Sink.open(database, Clock(), message_bytes_max=1_000_000)
    settings = Mail(lease_seconds=0.3, poll_seconds=0.05)
    smtp = transports.Smtp(transports.server(sink.url), timeout_seconds=5)
    courier = courier_.Courier(database, smtp, Keys(SECRET), settings, Clock())
    sys.stdout.write("running\n")
    sys.stdout.flush()
    while await courier.deliver() is not courier_.Look.NOTHING_DUE:
        pass


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
