"""What pages are made of beside their words: a stylesheet and a picture, held in memory."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from handlers.core import refusals
from handlers.rest import ask as ask_
from handlers.rest import identity, surface

DIRECTORY = Path(__file__).with_name("static")
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
# The address holds the file's digest: what was fetched once is right for ever.
CACHE_CONTROL = "public, max-age=31536000, immutable"

routes = surface.Routes()


class Asset(NamedTuple):
    """A file as it is served."""

    content: bytes
    content_type: str
    version: str


def _load(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:12])


ASSETS = {path.name: _load(path) for path in sorted(DIRECTORY.iterdir()) if path.suffix in TYPES}


def url(name: str) -> str:
    """Where a page finds a file. Refuses (LookupError): there is none."""
    return f"/static/{ASSETS[name].version}/{name}"


@routes.get("/static/{version}/{name}", "A file that pages are made of", who=identity.Who.NOBODY)
async def get_asset(ask: ask_.Ask) -> web.Response:
    """The file, for good if it is the version that was asked for; a page of an older server gets today's."""
    asset = ASSETS.get(ask.request.match_info["name"])
    if asset is None:
        raise refusals.UnknownPath
    is_current = ask.request.match_info["version"] == asset.version
    return web.Response(
        body=asset.content,
        headers={
            "Content-Type": asset.content_type,
            "Cache-Control": CACHE_CONTROL if is_current else "no-cache",
        },
    )
