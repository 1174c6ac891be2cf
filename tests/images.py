"""Pictures for tests, real ones."""

import base64
import io
from typing import Any

from PIL import Image, ImageCms

MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
RED, BLUE = (255, 0, 0), (0, 0, 255)


def saved(image: Image.Image, format: str = "JPEG", **how: Any) -> bytes:
    """The file of a picture."""
    file = io.BytesIO()
    image.save(file, format, **how)
    return file.getvalue()


def plain(format: str = "JPEG", colour: tuple[int, int, int] = RED, size: tuple[int, int] = (64, 48)) -> bytes:
    """A file of one colour."""
    return saved(Image.new("RGB", size, colour), format)


def halves(size: tuple[int, int] = (80, 40)) -> Image.Image:
    """Left half red, right half blue: it tells when it is turned."""
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0] // 2, size[1]))
    return image


def telling_exif(orientation: int) -> Image.Exif:
    """What a phone writes about whoever took the picture."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCamera"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (36.0, 18.0, 0.0)
    return exif


def srgb() -> bytes:
    """A colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def data_url(file: bytes, kind: str = "image/jpeg") -> bytes:
    """As clients send it."""
    return f"data:{kind};base64,".encode() + base64.b64encode(file)


def read(file: bytes) -> Image.Image:
    """The picture of a file, unpacked."""
    image = Image.open(io.BytesIO(file))
    image.load()
    return image


def near(found: Any, wanted: tuple[int, ...]) -> bool:
    """Whether a pixel has a colour, give or take what a JPEG does to it."""
    return all(abs(one - other) < 12 for one, other in zip(found, wanted, strict=True))
