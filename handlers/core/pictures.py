"""Pictures as people send them, made into pictures that can be shown to anybody.

Whatever came is drawn anew: what else the file held (place and time, camera, colour profile, thumbnails, whatever
follows the picture) does not come along. Source: contract, 3, Pictures.
"""

import contextlib
import hashlib
import io
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from PIL import GifImagePlugin, Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
from prometheus_client import Gauge

from handlers.core import crew, refusals, settings

BYTES_MAX = 8_000_000
SIDE_PIXELS_MAX = 1600
# What the library takes without a warning. To unpack as many takes 360 MB; if they come in layers, 540 MB.
PIXELS_MAX = 89_478_485
STRIP_PIXELS = 4_000_000
# A JPEG that comes in layers is unpacked once for each: thousands of empty ones would take hours of a thread.
LAYERS_MAX = 100
SEGMENTS_MAX = 10_000
# What is between the segments of a JPEG holds no marker but these few, which begin nothing.
MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
LAYER_BEGINS = b"\xda"
PICTURE_ENDS = b"\xd9"

QUALITY = 85
FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
        GifImagePlugin.GifImageFile,
    )
)
# What each becomes: what it was, so that it looks as it did. Of what moves, the first picture is kept. A GIF's few
# colours lose nothing as PNG. MPO is what phones write that append a second JPEG.
BECOMES = {"JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "WEBP": "WEBP", "GIF": "PNG"}
SAVED: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": QUALITY, "optimize": True, "progressive": True},
    "PNG": {},
    "WEBP": {"quality": QUALITY},
}
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
# As EXIF has it: how the stored picture is to be turned.
ORIENTATION = 0x0112
TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

QUEUED = Gauge("hiroba_picture_queue", "Pictures being worked on, and waiting for it.")

# What is wrong with somebody's picture is nothing to be said on stderr; that it is too large ends it.
warnings.filterwarnings("ignore", module=r"PIL\.")
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class Picture(msgspec.Struct, frozen=True):
    """A picture that can be shown. The hash is the content's SHA-256."""

    content: bytes
    content_hash: bytes
    content_type: str


class Studio:
    """Works on pictures in threads of its own, a bounded number at a time."""

    def __init__(self, wishes: settings.Media) -> None:
        self._crew = crew.Crew("pictures", threads=wishes.threads, queue_max=wishes.queue_max, queued=QUEUED)
        self._receiving = 0
        self._queue_max = wishes.queue_max

    @contextlib.contextmanager
    def receiving(self) -> Iterator[None]:
        """While one more is received: what arrived of it takes memory. Refuses: Overloaded."""
        if self._receiving >= self._queue_max:
            raise refusals.Overloaded(crew.RETRY_AFTER_SECONDS)
        self._receiving += 1
        try:
            yield
        finally:
            self._receiving -= 1

    async def develop(self, source: Callable[[], bytes]) -> Picture:
        """A picture that can be shown, of the file that the source gives; it is called in the thread, too.

        Refuses: Overloaded; Invalid (no JPEG, PNG, WebP or GIF, or a broken or too large one); what the source refuses.
        """
        return await self._crew.run(_develop, source)

    def close(self) -> None:
        """Takes no more."""
        self._crew.close()


def _develop(source: Callable[[], bytes]) -> Picture:
    file = source()
    if len(file) > BYTES_MAX:
        raise refusals.Invalid("picture", f"has at most {BYTES_MAX} bytes")
    try:
        image = _open(file)
        becomes = BECOMES[image.format or ""]
        turned = TURNED.get(_orientation(image))
        image = _in_screen_colours(_reduced(image))
        if turned is not None:
            image = image.transpose(turned)
        # A new one, for what was not drawn is kept beside the picture and would be saved with it.
        drawn = Image.new(image.mode, image.size)
        drawn.paste(image)
        saved = io.BytesIO()
        drawn.save(saved, becomes, **SAVED[becomes])
    except refusals.Refusal:
        raise
    except Exception as fault:
        # A broken file comes to every kind of exception there is.
        raise refusals.Invalid("picture", "cannot be read as JPEG, PNG, WebP or GIF") from fault
    content = saved.getvalue()
    return Picture(content, hashlib.sha256(content).digest(), CONTENT_TYPES[becomes])


def _open(file: bytes) -> Image.Image:
    """The picture, nothing of it unpacked yet. Refuses: Invalid; and whatever the library raises."""
    with Image.open(io.BytesIO(file), formats=FORMATS) as image:
        if image.width * image.height > PIXELS_MAX:
            raise refusals.Invalid("picture", f"has at most {PIXELS_MAX} pixels")
        if BECOMES[image.format or ""] == "JPEG":
            _require_few_layers(file)
        image.verify()
    # What was verified cannot be used any more.
    return Image.open(io.BytesIO(file), formats=FORMATS)


def _require_few_layers(jpeg: bytes) -> None:
    """Refuses: Invalid."""
    layers = position = 0
    for _ in range(SEGMENTS_MAX):
        marker = MARKER.search(jpeg, position)
        if marker is None or marker[1] == PICTURE_ENDS:
            return
        layers += marker[1] == LAYER_BEGINS
        if layers > LAYERS_MAX:
            break
        position = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2])
    raise refusals.Invalid("picture", f"has at most {LAYERS_MAX} layers")


def _orientation(image: Image.Image) -> int:
    """How it is to be turned. 1, as it is, also where what is said about it cannot be read."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def _reduced(image: Image.Image) -> Image.Image:
    """The picture within its limits, in grey, RGB, RGBA or CMYK with 8 bits each."""
    profile = image.info.get("icc_profile")
    if BECOMES[image.format or ""] != "JPEG":
        image = _thinned(image)
    # A JPEG is not unpacked larger than this needs it.
    image.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX), Image.Resampling.LANCZOS)
    image.info = {"icc_profile": profile}
    return image


def _thinned(image: Image.Image) -> Image.Image:
    """The picture in plain colours, not much larger than twice its limit. In strips: a second whole one has no room."""
    width, height = image.size
    factor = max(1, max(width, height) // (2 * SIDE_PIXELS_MAX))
    rows = factor * max(1, STRIP_PIXELS // (width * factor))
    thinned = None
    for top in range(0, height, rows):
        strip = _plain(image.crop((0, top, width, min(top + rows, height)))).reduce(factor)
        if thinned is None:
            thinned = Image.new(strip.mode, (strip.width, -(-height // factor)))
        thinned.paste(strip, (0, top // factor))
    assert thinned is not None
    return thinned


def _plain(image: Image.Image) -> Image.Image:
    """The picture in grey, RGB or RGBA."""
    if image.mode.startswith("I"):
        # 16 bits of grey; converted as they are, all but the darkest would come out white.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _in_screen_colours(image: Image.Image) -> Image.Image:
    """The picture in sRGB, which is meant where no profile says anything else. A profile that is none is left aside."""
    profile = image.info["icc_profile"]
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return _converted(image, profile)
    return image.convert("RGB") if image.mode == "CMYK" else image


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    screen = ImageCms.createProfile("sRGB")
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    converted = ImageCms.profileToProfile(image, given, ImageCms.ImageCmsProfile(screen), outputMode=mode)
    assert converted is not None
    return converted
