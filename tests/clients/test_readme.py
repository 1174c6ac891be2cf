"""The lines of Python in the READMEs do what they are said to do."""

import asyncio
import contextlib
import re

import pytest

from server import config
from tests.clients import people

HOME = config.DEFAULT_FILE.parent


@pytest.mark.parametrize("readme", ["README.md", "clients/python/README.md"])
async def test_the_example_chats(
    town: people.Town, riku: people.Person, capsys: pytest.CaptureFixture[str], readme: str
) -> None:
    await town.join("haru")
    (example,) = re.findall(r"```python\n(.*?)```", (HOME / readme).read_text(), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, readme, "exec"), names)
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
