"""Pictures as a phone uploads them and asks for them again."""

import re

from tests import images, serving
from tests.surfaces.towns import Phone, Town

FORM = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}


async def upload(phone: Phone, path: str, body: bytes) -> serving.Answer:
    return await phone.post(path, body, **FORM)


async def avatar(phone: Phone, file: bytes, kind: str = "image/jpeg") -> str:
    answer = await upload(phone, f"/users/{phone.account_id}/avatar", images.data_url(file, kind))
    assert answer.status == 200, answer.raw
    return answer.raw.decode()


def here(town: Town, url: str) -> str:
    """The address at the test's server, which public_url does not name."""
    public_url = town.hiroba.config.server.public_url
    assert re.fullmatch(re.escape(public_url) + r"/media/[A-Za-z0-9_-]{32}", url)
    return town.hiroba.url + url.removeprefix(public_url)


async def shown(town: Town, url: str, **more) -> serving.Answer:
    return await town.hiroba.client().get(here(town, url), **more)
