"""Whether a form was sent from a page of this server. Cookies alone do not prove it."""

from collections.abc import Collection
from urllib.parse import urlsplit

from aiohttp import web


def is_foreign(request: web.BaseRequest, public_url: str) -> bool:
    """Whether a browser sent this for a page of another site. Source: contract, 9, same-origin only.

    Our own origin is that of `public_url`, or the host that the request itself names: the server is also reached by
    other names (127.0.0.1). With a secure `public_url` a page that came insecurely is not ours. What is no browser
    sends neither header.
    """
    if request.headers.get("Sec-Fetch-Site", "").lower() == "cross-site":
        return True
    named = request.headers.get("Origin")
    if named is None:
        return False
    ours = urlsplit(public_url)
    try:
        origin = urlsplit(named)
    except ValueError:
        return True
    if (origin.scheme, origin.netloc.lower()) == (ours.scheme, ours.netloc.lower()):
        return False
    schemes = {"https"} if ours.scheme == "https" else {"http", "https"}
    return origin.scheme not in schemes or origin.netloc.lower() != request.host.lower()


def is_stranger(request: web.BaseRequest, public_url: str, friends: Collection[str]) -> bool:
    """Whether a browser sent this for a page that is neither ours nor a friend's; these are origins as `written`."""
    named = request.headers.get("Origin")
    return (named is None or written(named) not in friends) and is_foreign(request, public_url)


def written(url: str) -> str:
    """Scheme, host and port of a URL, as a browser writes them."""
    scheme, _, rest = url.lower().partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}://{host.removesuffix({'http': ':80', 'https': ':443'}.get(scheme, ' '))}"
