"""A name stands for a picture until it is let go of; a file goes after its last name, and never before."""

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.core import accounts, audit, media, pictures, refusals
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import files
from storage import media as rows
from tests import clocks, images, people


@pytest.fixture
def core(core: context_.Context, tmp_path: Path) -> context_.Context:
    """With a folder of its own."""
    return replace(core, files=files.Files(tmp_path))


async def picture(core: context_.Context, colour=images.RED) -> pictures.Picture:
    return await media.prepare(core, lambda: images.plain("PNG", colour))


async def lying(core: context_.Context, shard: int) -> list[bytes]:
    return await core.files.list_shard(shard, older_than_seconds=-60)


async def kept(core: context_.Context) -> set[bytes]:
    """The contents that have files."""
    return {one for shard in range(256) for one in await lying(core, shard)}


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


async def test_a_picture_is_shown_until_it_is_replaced(core, town: people.Town):
    haru = await town.member()
    red, blue = await picture(core), await picture(core, images.BLUE)
    first = await media.set_avatar(core, haru, red)
    assert first.startswith("http://localhost:8080/media/")
    shown = await media.find(core, name_of(first))
    assert (shown.path.read_bytes(), shown.content_type) == (red.content, "image/png")

    second = await media.set_avatar(core, haru, blue)
    assert await media.find(core, name_of(first)) is None
    assert (await media.find(core, name_of(second))).path.read_bytes() == blue.content
    assert await media.sweep(core, most=10) == 1
    assert await kept(core) == {blue.content_hash}
    assert await media.sweep(core, most=10) == 0


async def test_one_content_under_two_names_lives_as_long_as_either(core, town: people.Town):
    haru, riku = await town.members(2)
    red = await picture(core)
    first, second = await media.set_avatar(core, haru, red), await media.set_avatar(core, riku, await picture(core))
    assert first != second
    assert await kept(core) == {red.content_hash}
    await accounts.delete(core, audit.COMMAND_LINE, haru.id)
    assert await media.sweep(core, most=10) == 0
    assert await media.find(core, name_of(first)) is None
    assert (await media.find(core, name_of(second))).path.exists()
    await accounts.delete(core, audit.COMMAND_LINE, riku.id)
    assert await media.sweep(core, most=10) == 1
    assert await kept(core) == set()


async def test_the_same_picture_again_is_another_name_for_it(core, town: people.Town):
    haru = await town.member()
    first = await media.set_avatar(core, haru, await picture(core))
    second = await media.set_avatar(core, haru, await picture(core))
    assert await media.sweep(core, most=10) == 0
    assert await media.find(core, name_of(first)) is None
    assert (await media.find(core, name_of(second))).path.exists()


async def test_photos_go_with_their_ads(core, town: people.Town):
    haru = await town.member()
    ad = await town.ad(haru)
    first = await media.set_photo(core, haru, ad.id, await picture(core))
    second = await media.set_photo(core, haru, ad.id, await picture(core, images.BLUE))
    assert await media.find(core, name_of(first)) is None
    assert await media.find(core, name_of(second)) is not None
    await accounts.delete(core, audit.COMMAND_LINE, haru.id)
    assert await media.find(core, name_of(second)) is None
    assert await media.sweep(core, most=10) == 2
    assert await kept(core) == set()


async def test_only_the_author_of_an_ad_sets_its_photo(core, town: people.Town):
    haru, riku = await town.members(2)
    ad = await town.ad(haru)
    red = await picture(core)
    for who, ad_id in ((riku, ad.id), (haru, ad.id + 1)):
        with pytest.raises(refusals.NotEntitled):
            await media.require_own_ad(core, who, ad_id)
        with pytest.raises(refusals.NotEntitled):
            await media.set_photo(core, who, ad_id, red)
    await media.require_own_ad(core, haru, ad.id)


async def test_of_many_at_once_one_is_shown_and_the_others_are_gone(core, town: people.Town):
    haru = await town.member()
    colours = [(step * 20, 0, 0) for step in range(8)]

    async def upload(colour) -> str:
        return await media.set_avatar(core, haru, await picture(core, colour))

    urls = await asyncio.gather(*map(upload, colours))
    account = await account_rows.find_by_id(core.database, haru.id)
    alive = [url for url in urls if await media.find(core, name_of(url)) is not None]
    assert [name_of(url) for url in alive] == [name_of(account.avatar)]
    assert await media.sweep(core, most=100) == 7
    assert len(await kept(core)) == 1


async def test_a_deleted_account_has_no_picture_however_it_comes_out(core, town: people.Town):
    for _ in range(5):
        haru = await town.member()
        red = await picture(core)
        found = await asyncio.gather(
            media.set_avatar(core, haru, red),
            accounts.delete(core, audit.COMMAND_LINE, haru.id),
            return_exceptions=True,
        )
        assert isinstance(found[0], str | refusals.NotSignedIn)
        assert await rows.list_known(core.database, [red.content_hash]) == []
        assert (await account_rows.find_by_id(core.database, haru.id)).avatar is None


async def test_sweeping_and_uploading_the_same_picture_at_once_never_loses_it(core, town: people.Town):
    people_ = await town.members(4)
    red = await picture(core)

    async def upload(who: account_rows.Account) -> None:
        for _ in range(10):
            url = await media.set_avatar(core, who, red)
            assert (await media.find(core, name_of(url))).path.read_bytes() == red.content

    async def sweep() -> None:
        while True:
            await media.sweep(core, most=10)

    sweeping = [asyncio.create_task(sweep()) for _ in range(2)]
    await asyncio.gather(*map(upload, people_))
    for task in sweeping:
        task.cancel()
    ended = await asyncio.gather(*sweeping, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended)
    for who in people_:
        account = await account_rows.find_by_id(core.database, who.id)
        assert (await media.find(core, name_of(account.avatar))).path.read_bytes() == red.content


async def test_what_was_swept_between_the_work_and_the_act_is_put_back(core, town: people.Town):
    haru = await town.member()
    red = await picture(core)
    await core.files.remove(red.content_hash)
    url = await media.set_avatar(core, haru, red)
    assert (await media.find(core, name_of(url))).path.read_bytes() == red.content


async def test_what_a_crash_left_is_found_within_hours(core, town: people.Town, clock: clocks.MovableClock):
    haru = await town.member()
    url = await media.set_avatar(core, haru, await picture(core))
    lost = await picture(core, images.BLUE)
    path = await core.files.find(lost.content_hash)
    swept = 0
    for _ in range(256):
        swept += await media.sweep(core, most=10)
        clock.advance(seconds=60)
    assert swept == 0, "it may be somebody's who is not done yet"
    for one in (path, (await media.find(core, name_of(url))).path):
        os.utime(one, (time.time() - 4000, time.time() - 4000))
    for _ in range(256):
        swept += await media.sweep(core, most=10)
        clock.advance(seconds=60)
    assert (swept, path.exists()) == (1, False)
    assert await media.find(core, name_of(url)) is not None


@pytest.mark.parametrize(
    "name", ["", "x", "." * 32, "../../../../../../../../etc/passwd", "x" * 33, "あ" * 32, "\0" * 32]
)
async def test_what_is_no_name_stands_for_nothing(core, name: str):
    assert await media.find(core, name) is None


async def test_a_file_that_is_gone_is_not_shown(core, town: people.Town):
    haru = await town.member()
    red = await picture(core)
    url = await media.set_avatar(core, haru, red)
    await core.files.remove(red.content_hash)
    assert await media.find(core, name_of(url)) is None


async def test_what_cannot_be_kept_is_not_named(core, town: people.Town, monkeypatch: pytest.MonkeyPatch):
    haru = await town.member()
    first = await media.set_avatar(core, haru, await picture(core))
    blue = await core.studio.develop(lambda: images.plain("PNG", images.BLUE))

    async def full(content_hash: bytes, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(core.files, "put", full)
    with pytest.raises(OSError, match="No space"):
        await media.set_avatar(core, haru, blue)
    assert (await account_rows.find_by_id(core.database, haru.id)).avatar.endswith(name_of(first))
    assert await media.find(core, name_of(first)) is not None
