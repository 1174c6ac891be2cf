"""Hiroba from Python: one person's community, whoami and live connection, typed and async.

    async with hiroba_client.Client("http://localhost:8080") as client:
        await client.community.sign_in("haru", "Hiroba-demo-1!")
        async with client.live() as line:
            async for frame in line:
                print(frame)

Answers are in `community_answers` and `whoami_answers`, frames in `frames`, what goes wrong in `faults`.
"""

from hiroba_client.client import Client
from hiroba_client.frames import Message
from hiroba_client.live import Line

__all__ = ["Client", "Line", "Message"]
