"""Who asks: the token in the body. What is missing in it is said first, in the order of the document's parameters."""

import msgspec

from handlers.core import chosen_tokens, refusals, sessions
from handlers.rest import ask as ask_
from storage import sessions as session_rows


def require(body: msgspec.Struct, *optional: str) -> None:
    """Refuses: Missing, naming the first field that is not there, but for those that need not be."""
    fields = zip(body.__struct_fields__, body.__struct_encode_fields__, body.__struct_defaults__, strict=True)
    for name, named, absent in fields:
        if name not in optional and getattr(body, name) is absent:
            raise refusals.Missing(named)


async def identify(ask: ask_.Ask, lookups: sessions.Lookups) -> session_rows.Session:
    """The session of the body's token. Refuses: Missing, NotSignedIn, Throttled."""
    require(ask.body)
    session = await chosen_tokens.find(ask.context, lookups, ask.visit, ask.body.token)
    # The same under another token, after the account signed in anew, is the same request.
    ask.asked = msgspec.json.encode(msgspec.structs.replace(ask.body, token=""))
    return session
