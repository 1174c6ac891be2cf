"""The phone that one is pushed to."""

from handlers.community import inputs
from handlers.core import devices, refusals
from handlers.rest import ask as ask_
from handlers.rest import surface

routes = surface.Routes()


@routes.post(r"/users/{id:\d+}/mobile-device", "POST /users/:id/mobile-device", accepts=inputs.MobileDevice)
async def post_users_id_mobile_device(ask: ask_.Ask) -> None:
    """Registers one's phone in place of a former one."""
    if ask.path_id() != ask.account.id:
        raise refusals.NotEntitled
    await devices.bind(ask.context, ask.signed_in, ask.body.push_notification_token)
