"""The language that whoever asks reads best, of those that there are (RFC 9110, 12.5.4)."""

import re
from collections.abc import Sequence

from aiohttp import web

HEADER = "Accept-Language"
# A language with a region or none, and how much it is liked.
RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,30})?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")
RANGES_MAX = 50


def preferred(request: web.BaseRequest, offered: Sequence[str]) -> str:
    """One of those on offer, two letters each; the first where nothing that was asked for is among them."""
    best, most = offered[0], 0.0
    for one in ",".join(request.headers.getall(HEADER, [])).split(",")[:RANGES_MAX]:
        found = RANGE.fullmatch(one)
        if found is None:
            continue
        language, liked = found[1].lower(), float(found[2] or 1)
        if language in offered and liked > most:
            best, most = language, liked
    return best
