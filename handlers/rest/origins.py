"""Whether a form was sent from a page of this server. Cookies alone do not prove it."""

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
