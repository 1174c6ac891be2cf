"""Pictures as bodies of requests: received, and made into what the act can name, before the act."""

import functools

from handlers.core import media, pictures
from handlers.rest import ask as ask_
from handlers.rest import data_urls

# A picture of 8 MB as base64, and some room. Source: contract, 2.
BODY_BYTES_MAX = 12 * 1024 * 1024


async def receive(ask: ask_.Ask) -> pictures.Picture:
    """The picture of a request's body. Refuses: TooLarge, Malformed (too slow, too), Invalid, Overloaded."""
    with ask.context.studio.receiving():
        raw = await ask.receive()
    return await media.prepare(ask.context, functools.partial(data_urls.content, raw))
