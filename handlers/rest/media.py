"""`/media/<name>`: pictures for whoever knows the name, without a session. Source: contract, 3, Pictures."""

from aiohttp import web

from handlers.core import context as context_
from handlers.core import media, refusals

# Of a file, so much is in memory for each reader.
CHUNK_BYTES = 64 * 1024
HEADERS = {
    # What a name stands for never changes; a name that is gone does not come back.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


def add(app: web.Application, context: context_.Context) -> None:
    """Adds the route to an application, in whose words an unknown name is refused."""

    async def get_media(request: web.Request) -> web.StreamResponse:
        shown = await media.find(context, request.match_info["name"])
        if shown is None:
            raise refusals.UnknownPath
        headers = {**HEADERS, "Content-Type": shown.content_type}
        # Answers HEAD, If-None-Match and Range by itself.
        return web.FileResponse(shown.path, chunk_size=CHUNK_BYTES, headers=headers)

    app.router.add_get("/media/{name}", get_media)
