"""Pictures linked from Instagram: the document's /instagram/register and /instagram/update."""

from typing import Any

import msgspec

from handlers.core import gallery, refusals
from handlers.rest import ask as ask_
from handlers.rest import bodies, surface
from handlers.whoami import inputs, outputs, words
from storage import accounts as account_rows
from storage import gallery as rows

routes = surface.Routes()


@routes.post(
    "/instagram/register",
    "Registers user's Instagram account [POST]",
    accepts=inputs.InstagramAccount,
    answers=outputs.InstagramRegistered,
)
async def post_instagram_register(ask: ask_.Ask) -> outputs.InstagramRegistered:
    """Notes that the person of the session linked their Instagram account."""
    ask.require("username")
    _require_own(ask.account, ask.body.username)
    authorized_at = await gallery.authorize(ask.context, ask.account)
    return outputs.InstagramRegistered(True, outputs.stamp(authorized_at), words.INSTAGRAM_REGISTERED)


@routes.post(
    "/instagram/update",
    "Data Addition Or Deletion [POST]",
    accepts=inputs.InstagramUpdate,
    answers=outputs.InstagramUpdated,
)
async def post_instagram_update(ask: ask_.Ask) -> outputs.InstagramUpdated:
    """Links pictures, then unlinks others. Each item has its own verdict; what was not asked for is not answered."""
    if ask.body.username is not None:
        _require_own(ask.account, ask.body.username)
    added, deleted = _list(ask.body.addition, inputs.Images), _list(ask.body.deletion, inputs.ImageIds)
    if added is None and deleted is None:
        raise refusals.Missing("addition", "deletion")
    images = [_image(one) for one in added or ()]
    additions, deletions = await gallery.update(ask.context, ask.account, additions=images, deletions=deleted or ())
    return outputs.InstagramUpdated(
        msgspec.UNSET if added is None else [_addition(one) for one in additions],
        msgspec.UNSET if deleted is None else [_deletion(one) for one in deletions],
    )


def _require_own(account: account_rows.Account, username: str) -> None:
    """Refuses: NotSignedIn, for the session is not that of whoever is named. Names are the same in any case."""
    if username.lower() not in {name.lower() for name in (account.username, account.email) if name}:
        raise refusals.NotSignedIn


def _list(given: list | str | None, shape: Any) -> list | None:
    """The items; of a string that holds them, too. A blank one is like none. Refuses: Malformed."""
    if isinstance(given, str):
        return bodies.decode(given.encode(), shape) if given.strip() else None
    return given


def _image(given: inputs.Image) -> rows.Image:
    """Refuses: Missing, naming all that an item has."""
    names = given.__struct_fields__
    if any(getattr(given, name) is None for name in names):
        raise refusals.Missing(*names)
    return rows.Image(
        given.id or "", given.instagram_url or "", given.raw_image_url or "", int(given.orig_width or 0),
        int(given.orig_height or 0),
    )  # fmt: skip


def _addition(verdict: gallery.Addition) -> outputs.Addition:
    if verdict.is_added:
        return outputs.Addition(status=True, image_id=verdict.image_id)
    return outputs.Addition(status=False, message=words.IMAGE_ALREADY_ADDED, image_id=verdict.image_id)


def _deletion(verdict: gallery.Deletion) -> outputs.Deletion:
    if verdict.removed is None:
        return outputs.Deletion(status=False, message=words.NO_SUCH_IMAGE, image_id=verdict.image_id)
    image = outputs.DeletedImage(verdict.removed.image_id, verdict.removed.raw_image_url)
    return outputs.Deletion(status=True, deleted_image=image)
