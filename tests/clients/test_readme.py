"""The lines of the client's README do what it says they do."""

import asyncio
import contextlib
import re

import pytest

from server import config
from tests.clients import people

README = config.DEFAULT_FILE.parent / "clients" / "python" / "README.md"


async def test_the_example_chats(town: people.Town, riku: people.Person, capsys: pytest.CaptureFixture[str]) -> None:
    await town.join("haru")
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, str(README), "exec"), names)
    line = await town.line(riku.client)
    chatting = asyncio.create_task(names["chat"](town.url, "haru", people.PASSWORD, riku.id))
    asked = (await people.messages_until(line, lambda frame: True))[0]
    await line.post(asked.thread_id, "Yes!")
    async with asyncio.timeout(people.PATIENCE_SECONDS):
        said = ""
        while f"{riku.id} Yes!\n" not in said:
            await asyncio.sleep(0.01)
            said += capsys.readouterr().out
    assert said == f"{asked.message.created_by} Anybody there?\n{riku.id} Yes!\n"
    chatting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await chatting
