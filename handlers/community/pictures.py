"""Pictures of users and ads. What is answered is the bare address."""

from aiohttp import web

from handlers.community import inputs
from handlers.core import media, refusals
from handlers.core import pictures as pictures_
from handlers.rest import ask as ask_
from handlers.rest import bodies, pictures, surface, writing

routes = surface.Routes()


async def _avatar(ask: ask_.Ask) -> pictures_.Picture:
    if ask.path_id() != ask.account.id:
        raise refusals.NotEntitled
    return await pictures.receive(ask)


async def _photo(ask: ask_.Ask) -> pictures_.Picture:
    await media.require_own_ad(ask.context, ask.account, ask.path_id())
    return await pictures.receive(ask)


@routes.post(
    r"/users/{id:\d+}/avatar",
    "POST /users/:id/avatar",
    accepts=inputs.Picture,
    accepts_type=bodies.FORM_TYPE,
    answers=str,
    answers_type=writing.TEXT_TYPE,
    prepare=_avatar,
    body_bytes_max=pictures.BODY_BYTES_MAX,
)
async def post_users_id_avatar(ask: ask_.Ask) -> web.Response:
    """One's own picture; the former one is gone."""
    return writing.text(await media.set_avatar(ask.context, ask.account, ask.body))


@routes.post(
    r"/ads/{id:\d+}/photo",
    "POST /ads/:id/photo",
    accepts=inputs.Picture,
    accepts_type=bodies.FORM_TYPE,
    answers=str,
    answers_type=writing.TEXT_TYPE,
    prepare=_photo,
    body_bytes_max=pictures.BODY_BYTES_MAX,
)
async def post_ads_id_photo(ask: ask_.Ask) -> web.Response:
    """The picture of one's own ad; the former one is gone."""
    return writing.text(await media.set_photo(ask.context, ask.account, ask.path_id(), ask.body))
