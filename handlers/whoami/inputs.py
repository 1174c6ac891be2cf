"""What whoami accepts. A field that is absent or null is missing: the words name it, with status 200."""

from typing import Annotated

import msgspec

Email = Annotated[str, msgspec.Meta(max_length=254)]
Username = Annotated[str, msgspec.Meta(max_length=64)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]
ImageId = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Url = Annotated[str, msgspec.Meta(max_length=4096)]
# A number, or its digits.
Pixels = Annotated[int, msgspec.Meta(ge=0, le=999_999)] | Annotated[str, msgspec.Meta(pattern="^[0-9]{1,6}$")]
IMAGES_MAX = 2000


class Credentials(msgspec.Struct):
    """Who somebody is, and the proof. `email` takes a username too."""

    email: Email | None = None
    password: Password | None = None


class Registration(msgspec.Struct):
    """A new account."""

    username: Username | None = None
    password: Password | None = None
    email: Email | None = None


class Address(msgspec.Struct):
    """Where a letter is asked for. Takes a username too."""

    email: Email | None = None


class InstagramAccount(msgspec.Struct):
    """Whose Instagram account is linked. Takes an e-mail too."""

    username: Email | None = None


class Image(msgspec.Struct):
    """A picture to be linked. Sizes are in pixels."""

    id: ImageId | None = None
    instagram_url: Url | None = None
    raw_image_url: Url | None = None
    orig_width: Pixels | None = None
    orig_height: Pixels | None = None


Images = Annotated[list[Image], msgspec.Meta(max_length=IMAGES_MAX)]
ImageIds = Annotated[list[ImageId], msgspec.Meta(max_length=IMAGES_MAX)]


class InstagramUpdate(msgspec.Struct):
    """What to link and what no more. Arrays, or (real clients) strings that hold arrays as JSON."""

    addition: Images | str | None = None
    deletion: ImageIds | str | None = None
    username: Email | None = None


class NewPassword(msgspec.Struct):
    """The password to have from now on."""

    new_password: Password | None = None
