"""Requests as the bytes that they are, made once: what sends them has nothing to think about."""

import msgspec

from bench import towns

HOST = "Host: localhost"


def get(path: str, *, account_id: int | None = None) -> bytes:
    """A GET, by somebody of the town or by nobody."""
    return _request("GET", path, account_id, b"")


def post(path: str, body: object, *, account_id: int | None = None, forwarded_for: str | None = None) -> bytes:
    """A POST of JSON, perhaps through a proxy."""
    more = () if forwarded_for is None else (f"X-Forwarded-For: {forwarded_for}",)
    return _request("POST", path, account_id, msgspec.json.encode(body), more)


def upgrade(account_id: int) -> bytes:
    """The beginning of a websocket of somebody of the town."""
    lines = (
        "GET /live HTTP/1.1",
        HOST,
        f"Cookie: JSESSIONID={towns.token(account_id)}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: aGlyb2JhLWhpcm9iYS0xIQ==",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _request(method: str, path: str, account_id: int | None, body: bytes, more: tuple[str, ...] = ()) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", HOST, *more]
    if account_id is not None:
        lines.append(f"Cookie: JSESSIONID={towns.token(account_id)}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
