"""The AsyncAPI 3.0 description of the websocket, made from the two unions: what is in neither is not in it either."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec

from handlers.community import outputs
from handlers.live import frames, routes, words

REFERENCES = "#/components/schemas/{name}"
# Frames and what they show are called alike, and are told apart by their modules: too much for a reader.
NAMES = (("handlers.live.frames.", "Frame"), ("handlers.community.outputs.", ""))
COMMANDS: Sequence[type[frames.Command]] = get_args(frames.FromClient)
TOLD: Sequence[type[frames.Frame]] = get_args(frames.ToClient)
# How each command is answered.
REPLIES: Mapping[type[frames.Command], tuple[type[frames.Frame], ...]] = {
    frames.Post: (frames.Ack, frames.Error),
    frames.Read: (frames.Ack, frames.Error),
    frames.Typing: (frames.Error,),
    frames.Ping: (frames.Pong, frames.Error),
}
# What the parts are that have several shapes.
PARTS: Mapping[tuple[type[frames.Frame], str], tuple[type[msgspec.Struct], ...]] = {
    (frames.Thread, "thread"): (outputs.Thread, frames.ThreadLeft),
    (frames.Ack, "result"): (frames.Posted, frames.ReadUpTo),
}
QUERY = {
    "type": "object",
    "properties": {
        "ticket": {"type": "string", "description": "From POST /live/ticket: for whoever has no header and no cookie."},
        "since": {"type": "string", "description": "A cursor: what was missed since follows hello."},
    },
}
CLOSINGS: Mapping[int, str] = {
    words.GOING_AWAY: "the server stops: come back by cursor",
    words.TOO_BIG: "a frame was too large",
    words.FAILED: "the server failed at telling what was missed",
    words.TRY_AGAIN: "the reader was too slow, or the database is gone: come back by cursor",
    words.SESSION_ENDED: "the session is over",
}
ABOUT = "Text frames, one JSON object each, told apart by `type`. Closed with: "


def describe(*, title: str, version: str, url: str, cookies: Sequence[str]) -> dict[str, Any]:
    """The description of the websocket at a server's address; any of the cookies is enough to connect."""
    parts = urlsplit(url)
    schemes = _schemes(cookies)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version},
        "defaultContentType": "application/json",
        "servers": {
            "hiroba": {
                "host": parts.netloc,
                "protocol": "wss" if parts.scheme == "https" else "ws",
                "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in schemes],
            }
        },
        "channels": {
            "live": {
                "address": routes.PATH,
                "description": ABOUT + "; ".join(f"{code}, {why}" for code, why in CLOSINGS.items()) + ".",
                "messages": {
                    one.__name__: {"$ref": f"#/components/messages/{one.__name__}"} for one in (*COMMANDS, *TOLD)
                },
                "bindings": {"ws": {"method": "GET", "query": QUERY, "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            "tell": {"action": "send", "channel": {"$ref": "#/channels/live"}, "messages": _messages(TOLD)},
            **{_tag(command): _heard(command) for command in COMMANDS},
        },
        "components": {**_components(), "securitySchemes": schemes},
    }


def _heard(command: type[frames.Command]) -> dict[str, Any]:
    channel = {"$ref": "#/channels/live"}
    return {
        "action": "receive",
        "channel": channel,
        "messages": _messages([command]),
        "reply": {"channel": channel, "messages": _messages(REPLIES[command])},
    }


def _messages(shapes: Sequence[type]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/live/messages/{one.__name__}"} for one in shapes]


def _tag(shape: type[msgspec.Struct]) -> str:
    return str(shape.__struct_config__.tag)


def _components() -> dict[str, Any]:
    shapes = [*COMMANDS, *TOLD, *(one for several in PARTS.values() for one in several)]
    schemas, named = msgspec.json.schema_components(shapes, ref_template=REFERENCES)
    schema_of = dict(zip(shapes, schemas, strict=True))
    for (frame, field), several in PARTS.items():
        of_frame = named[schema_of[frame]["$ref"].rpartition("/")[2]]
        of_frame["properties"][field] = {"oneOf": [schema_of[one] for one in several]}
    messages = {
        one.__name__: {
            "name": _tag(one),
            "title": one.__name__,
            "summary": " ".join((one.__doc__ or "").split()),
            "payload": schema_of[one],
        }
        for one in (*COMMANDS, *TOLD)
    }
    written = msgspec.json.encode({"messages": messages, "schemas": named}).decode()
    for module, name in NAMES:
        written = written.replace(module, name)
    components: dict[str, Any] = msgspec.json.decode(written)
    return components


def _schemes(cookies: Sequence[str]) -> dict[str, dict[str, str]]:
    """In the order in which they are looked at."""
    return {
        "bearer": {"type": "http", "scheme": "bearer"},
        "ticket": {"type": "httpApiKey", "in": "query", "name": "ticket"},
        **{name: {"type": "httpApiKey", "in": "cookie", "name": name} for name in cookies},
    }
