"""Whatever picture comes, what is shown of it is small, upright, and tells nothing but itself."""

import asyncio
import itertools
import threading
import time
import zlib

import pytest
from PIL import Image, PngImagePlugin

from handlers.core import pictures, refusals, settings
from tests import images


@pytest.fixture
def studio():
    studio = pictures.Studio(settings.Media(threads=1, queue_max=3))
    yield studio
    studio.close()


async def develop(studio: pictures.Studio, file: bytes) -> tuple[str, Image.Image]:
    picture = await studio.develop(lambda: file)
    return picture.content_type, images.read(picture.content)


@pytest.mark.parametrize(
    ("format", "content_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/png")],
)
async def test_each_kind_stays_what_it_is_but_gif(studio, format: str, content_type: str):
    found, image = await develop(studio, images.plain(format))
    assert (found, images.MIME[image.format], image.size) == (content_type, content_type, (64, 48))
    assert images.near(image.convert("RGB").getpixel((10, 10)), images.RED)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "size", "red_at", "blue_at"),
    [
        (1, (80, 40), (5, 5), (75, 35)),
        (2, (80, 40), (75, 5), (5, 35)),
        (3, (80, 40), (75, 35), (5, 5)),
        (4, (80, 40), (5, 35), (75, 5)),
        (5, (40, 80), (5, 5), (35, 75)),
        (6, (40, 80), (35, 5), (5, 75)),
        (7, (40, 80), (35, 75), (5, 5)),
        (8, (40, 80), (5, 75), (35, 5)),
    ],
)
async def test_it_is_upright_and_nothing_else_of_the_file_is_left(
    studio, format: str, orientation: int, size, red_at, blue_at
):
    told = {"exif": images.telling_exif(orientation), "icc_profile": images.srgb()}
    if format == "PNG":
        told["pnginfo"] = PngImagePlugin.PngInfo()
        told["pnginfo"].add_text("Comment", "SecretComment")
    elif format == "JPEG":
        told |= {"comment": b"SecretComment", "xmp": b"<x:xmpmeta>SecretComment</x:xmpmeta>"}
    else:
        told["xmp"] = b"<x:xmpmeta>SecretComment</x:xmpmeta>"
    file = images.saved(images.halves(), format, **told) + b"SecretTail"
    for secret in (b"SecretCamera", b"SecretComment", b"SecretTail"):
        assert secret in file or format == "PNG"

    picture = await studio.develop(lambda: file)
    image = images.read(picture.content)
    assert image.size == size
    assert images.near(image.getpixel(red_at), images.RED)
    assert images.near(image.getpixel(blue_at), images.BLUE)
    assert dict(image.getexif()) == {}
    assert not {"exif", "icc_profile", "xmp", "comment", "Comment", "dpi"} & image.info.keys()
    for secret in (b"Secret", b"Exif", b"ICC", b"acsp", b"http"):
        assert secret not in picture.content


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("damage", [b"Exif\0\0junk", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"])
async def test_a_picture_is_shown_whatever_is_said_about_it(studio, damage: bytes):
    for told in ({"exif": damage}, {"icc_profile": b"no profile" * 20}):
        _, image = await develop(studio, images.saved(images.halves(), "JPEG", **told))
        assert image.size == (80, 40)


async def test_colours_of_another_profile_are_those_of_a_screen(studio):
    # A profile in which red and blue are exchanged, made of sRGB's own.
    profile = images.srgb().replace(b"rXYZ", b"tmpX", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tmpX", b"bXYZ", 1)
    _, image = await develop(studio, images.saved(Image.new("RGB", (20, 20), images.RED), "PNG", icc_profile=profile))
    assert images.near(image.getpixel((5, 5)), images.BLUE)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1600, 1600), (1600, 1600)),
        ((1601, 800), (1600, 800)),
        ((3000, 4000), (1200, 1600)),
        ((8000, 200), (1600, 40)),
        ((5, 6000), (1, 1600)),
        ((1, 1), (1, 1)),
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF"])
async def test_the_longest_side_is_1600_pixels_at_most(studio, format: str, size, expected):
    _, image = await develop(studio, images.plain(format, size=size))
    assert image.size == expected
    assert images.near(image.convert("RGB").getpixel((0, 0)), images.RED)


async def test_a_large_picture_is_thinned_without_seams(studio):
    shade = Image.linear_gradient("L").resize((7000, 5000))
    for image in (shade, Image.merge("RGBA", (shade, shade, shade, Image.new("L", shade.size, 255)))):
        _, small = await develop(studio, images.saved(image, "PNG"))
        assert small.size == (1600, 1143)
        column = [small.getpixel((800, y)) for y in range(small.height)]
        column = [one if isinstance(one, int) else one[0] for one in column]
        assert all(0 <= below - above <= 1 for above, below in itertools.pairwise(column))


async def test_it_may_be_as_large_as_it_may(studio):
    _, image = await develop(studio, images.saved(Image.new("1", (9400, 9500), 1), "PNG"))
    assert (image.size, image.getpixel((800, 800))) == ((1583, 1600), 255)


@pytest.mark.parametrize("size", [(9500, 9500), (15000, 15000), (30000, 30000), (65000, 65000)])
async def test_a_bomb_is_refused_unopened(studio, size: tuple[int, int]):
    bomb = bytearray(images.saved(Image.new("1", (8, 8)), "PNG"))
    header = bomb.index(b"IHDR")
    bomb[header + 4 : header + 12] = size[0].to_bytes(4) + size[1].to_bytes(4)
    bomb[header + 17 : header + 21] = zlib.crc32(bomb[header : header + 17]).to_bytes(4)
    began = time.perf_counter()
    with pytest.raises(refusals.Invalid) as refused:
        await studio.develop(lambda: bytes(bomb))
    assert "pixels" in f"{refused.value} {refused.value.__cause__}"
    assert time.perf_counter() - began < 1


async def test_a_jpeg_of_many_layers_is_refused_and_what_follows_a_picture_is_none(studio):
    file = images.saved(images.halves((600, 400)), "JPEG", progressive=True)
    layer = file[file.rindex(b"\xff\xda") : -2]
    await studio.develop(lambda: file[:-2] + layer * 20 + file[-2:])
    await studio.develop(lambda: file + b"\xff\xda\x00\x02" * 1000)
    for bomb in (file[:-2] + layer * 200 + file[-2:], file[:2] + b"\xff\xfe\x00\x02" * 20_000 + file[2:]):
        with pytest.raises(refusals.Invalid, match="layers"):
            await studio.develop(lambda bomb=bomb: bomb)


async def test_of_what_moves_the_first_picture_is_shown(studio):
    first, second = Image.new("RGB", (40, 30), images.RED), Image.new("RGB", (40, 30), images.BLUE)
    for kind in ("GIF", "WEBP", "PNG", "MPO"):
        _, image = await develop(studio, images.saved(first, kind, save_all=True, append_images=[second]))
        assert getattr(image, "n_frames", 1) == 1
        assert images.near(image.convert("RGB").getpixel((5, 5)), images.RED), kind


async def test_modes_that_screens_do_not_have(studio):
    _, image = await develop(studio, images.saved(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG"))
    assert (image.mode, images.near(image.getpixel((5, 5)), images.RED)) == ("RGB", True)

    row = (32768).to_bytes(2, "little") * 10 + (65535).to_bytes(2, "little") * 10
    deep = Image.frombytes("I;16", (20, 20), row * 20)
    _, image = await develop(studio, images.saved(deep, "PNG"))
    assert (image.mode, image.getpixel((5, 5)), image.getpixel((15, 5))) == ("L", 128, 255)

    _, image = await develop(studio, images.saved(Image.new("1", (20, 20), 1), "PNG"))
    assert image.getpixel((5, 5)) == 255


async def test_what_is_transparent_stays_so(studio):
    glass = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    glass.paste((0, 0, 255, 255), (10, 0, 20, 20))
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.paste(1, (10, 0, 20, 20))
    files = [
        images.saved(glass, "PNG"),
        images.saved(glass, "WEBP", lossless=True),
        images.saved(palette, "PNG", transparency=0),
        images.saved(palette, "GIF", transparency=0),
        images.saved(glass.convert("RGB"), "PNG", transparency=(255, 0, 0)),
        images.saved(Image.new("LA", (20, 20), (9, 0)), "PNG"),
    ]
    for file in files[:5]:
        _, image = await develop(studio, file)
        assert (image.mode, image.getpixel((2, 5))[3]) == ("RGBA", 0)
        assert images.near(image.getpixel((15, 5)), (0, 0, 255, 255))
    assert (await develop(studio, files[5]))[1].getpixel((2, 5))[3] == 0


NO_PICTURES = {
    "nothing": b"",
    "text": b"Hello",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "html": b"<script>alert(1)</script>",
    "bmp": images.saved(images.halves(), "BMP"),
    "tiff": images.saved(images.halves(), "TIFF"),
    "ico": images.saved(images.halves(), "ICO"),
    "jpeg cut off": images.saved(images.halves((300, 200)), "JPEG")[:-400],
    "png cut off": images.saved(Image.effect_noise((300, 200), 50), "PNG")[:-4000],
    "webp cut off": images.saved(images.halves((300, 200)), "WEBP")[:-20],
    "gif cut off": images.saved(Image.effect_noise((300, 200), 50), "GIF")[:-4000],
    "jpeg's head": images.plain("JPEG")[:20],
    "png's head": b"\x89PNG\r\n\x1a\n",
    "gif without a picture": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "webp's head": b"RIFF\x04\x00\x00\x00WEBP",
}


@pytest.mark.parametrize("file", NO_PICTURES.values(), ids=NO_PICTURES.keys())
async def test_what_is_no_picture_is_refused(studio, file: bytes):
    with pytest.raises(refusals.Invalid):
        await studio.develop(lambda: file)


@pytest.mark.filterwarnings("ignore::UserWarning")
async def test_damaged_files_are_shown_or_refused(studio):
    # Seeded by position: every byte of the head, and some of the rest.
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        file = images.saved(images.halves(), kind)
        for at in (*range(min(len(file), 200)), *range(200, len(file), 37)):
            damaged = bytearray(file)
            damaged[at] ^= 0xFF
            try:
                picture = await studio.develop(lambda damaged=damaged: bytes(damaged))
            except refusals.Invalid:
                continue
            assert max(images.read(picture.content).size) <= 1600


async def test_eight_megabytes_and_no_more(studio):
    file = images.plain()
    await studio.develop(lambda: file.ljust(8_000_000, b"\0"))
    with pytest.raises(refusals.Invalid, match="8000000 bytes"):
        await studio.develop(lambda: file.ljust(8_000_001, b"\0"))


async def test_the_same_picture_comes_to_the_same_content(studio):
    one, other = [await studio.develop(lambda: images.plain()) for _ in range(2)]
    assert one == other


async def test_the_queue_is_bounded_and_the_loop_goes_on(studio):
    gate = threading.Event()

    def source() -> bytes:
        gate.wait(10)
        return images.plain()

    waiting = [asyncio.create_task(studio.develop(source)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(refusals.Overloaded) as overloaded:
        await studio.develop(images.plain)
    assert overloaded.value.retry_after_seconds > 0
    gate.set()
    assert len(await asyncio.gather(*waiting)) == 3
    await studio.develop(images.plain)


async def test_so_many_are_received_at_once(studio):
    with studio.receiving(), studio.receiving():
        with studio.receiving(), pytest.raises(refusals.Overloaded), studio.receiving():
            pass
        with studio.receiving():
            pass
