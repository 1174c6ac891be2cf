"""What can be set about the live connection."""

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1)]


class Live(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `live` of the configuration."""

    ticket_ttl_seconds: Count = 30
    """How long a ticket for connecting works."""
    heartbeat_seconds: Count = 25
    """How often a silent connection is asked whether it lives."""
    replay_days: Count = 30
    """How far back a client that was away can resume. Older events are forgotten."""
    frame_bytes_max: Annotated[int, msgspec.Meta(ge=1024, le=1_048_576)] = 65_536
    """The largest frame that a client may send."""
    frames_per_second_max: Count = 500
    """How many frames a second are taken from one client; what it sends beyond that waits its turn."""
    typing_every_seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 1
    """How often others are told that somebody is still typing in a thread."""
    typing_threads_max: Count = 100
    """Of how many threads a connection remembers when it was last typing."""
    socket_queue_bytes_max: Annotated[int, msgspec.Meta(ge=65_536)] = 1_048_576
    """How many bytes wait for a slow reader before it is cut off."""
    close_grace_seconds: Count = 10
    """How long a reader that was too slow has to read that it was."""
