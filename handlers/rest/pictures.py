"""Pictures as bodies of requests: received, and made into what the act can name, before the act."""

import asyncio
import functools

from handlers.core import media, pictures, refusals
from handlers.rest import ask as ask_
from handlers.rest import data_urls

# A picture of 8 MB as base64, and some room. Source: contract, 2.
BODY_BYTES_MAX = 12 * 1024 * 1024
# Whoever sends slower takes up room that is others'. A large picture has this long over the slowest of mobile networks.
BODY_SECONDS_MAX = 120


async def receive(ask: ask_.Ask) -> pictures.Picture:
    """The picture of a request's body. Refuses: TooLarge, Malformed (too slow, too), Invalid, Overloaded."""
    with ask.context.studio.receiving():
        try:
            async with asyncio.timeout(BODY_SECONDS_MAX):
                raw = await ask.receive()
        except TimeoutError as fault:
            raise refusals.Malformed(f"the body did not come within {BODY_SECONDS_MAX} seconds") from fault
    return await media.prepare(ask.context, functools.partial(data_urls.content, raw))
